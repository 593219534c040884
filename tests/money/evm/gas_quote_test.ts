import assert from "node:assert/strict";
import { systemTimers } from "../../../base/timers.ts";
import { withDefaults } from "../../../money/evm/evm_options.ts";
import { feePerGas } from "../../../money/evm/gas_quote.ts";
import { RpcPool } from "../../../money/evm/rpc_pool.ts";

const GWEI = 1_000_000_000n;
const hex = (value: bigint) => `0x${value.toString(16)}`;

/** What a transaction costs at a node with this base fee; `tip` null: the node suggests none. */
async function feeAt(baseFeeWei: bigint, tipWei: bigint | null): Promise<bigint> {
  const answerOf = (id: number, method: string) => {
    if (method === "eth_chainId") return { id, result: "0x1" };
    if (method === "eth_maxPriorityFeePerGas") {
      return tipWei === null
        ? { id, error: { code: -32_601, message: "the method does not exist" } }
        : { id, result: hex(tipWei) };
    }
    const digest = `0x${"1".repeat(64)}`;
    return {
      id,
      result: {
        number: "0x0",
        hash: digest,
        parentHash: digest,
        timestamp: "0x1",
        baseFeePerGas: hex(baseFeeWei),
      },
    };
  };
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const calls: { id: number; method: string }[] = [await request.json()].flat();
    return Response.json(
      calls.map(({ id, method }) => ({ jsonrpc: "2.0", ...answerOf(id, method) })),
    );
  });
  try {
    const url = `http://127.0.0.1:${server.addr.port}`;
    const pool = new RpcPool(
      {
        urls: [url],
        chainId: 1,
        deadlineMs: 60_000,
        timeoutMs: 60_000,
        maxBodyBytes: 100_000,
        maxBatch: 10,
      },
      systemTimers,
      () => {},
    );
    const settings = withDefaults({
      rpcUrls: [url],
      chainId: 1,
      registryAddress: `0x${"1".repeat(40)}`,
      tokenAddress: `0x${"2".repeat(40)}`,
      maxPriorityFeePerGasWei: 3n * GWEI,
      maxFeePerGasWei: 100n * GWEI,
    });
    return await feePerGas(pool, settings);
  } finally {
    await server.shutdown();
  }
}

Deno.test("feePerGas() is base fee and tip, under the ceilings of both; a node that suggests no tip gets a gwei", async () => {
  assert.equal(await feeAt(5n * GWEI, 2n * GWEI), 7n * GWEI);
  assert.equal(await feeAt(5n * GWEI, 0n), 5n * GWEI);
  assert.equal(await feeAt(5n * GWEI, null), 6n * GWEI);
  assert.equal(await feeAt(5n * GWEI, 4n * GWEI), 8n * GWEI);
  assert.equal(await feeAt(98n * GWEI, 3n * GWEI), 100n * GWEI);
});
