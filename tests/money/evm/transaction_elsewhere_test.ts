/** A transaction that one address of several does not know yet. */
import assert from "node:assert/strict";
import { systemTimers } from "../../../base/timers.ts";
import { ChainTail } from "../../../money/evm/chain_tail.ts";
import { withDefaults } from "../../../money/evm/evm_options.ts";
import { RpcPool } from "../../../money/evm/rpc_pool.ts";
import { transactionStatus } from "../../../money/evm/transaction_status.ts";

const ADDRESS = `0x${"c".repeat(40)}`;
const HASH = `0x${"a".repeat(64)}`;
const BLOCK = {
  number: "0x5",
  hash: `0x${"5".repeat(64)}`,
  parentHash: `0x${"4".repeat(64)}`,
  timestamp: "0x1",
  baseFeePerGas: "0x1",
};
const RECEIPT = {
  transactionHash: HASH,
  blockNumber: BLOCK.number,
  blockHash: BLOCK.hash,
  status: "0x1",
  gasUsed: "0x5208",
  effectiveGasPrice: "0x2",
  logs: [],
};

/** A node of one block that knows this receipt, or only the transaction, or nothing of it. */
function nodeOf(knows: "receipt" | "transaction" | "nothing") {
  const resultOf = (method: string) => {
    switch (method) {
      case "eth_chainId":
        return "0x1";
      case "eth_getTransactionReceipt":
        return knows === "receipt" ? RECEIPT : null;
      case "eth_getTransactionByHash":
        return knows === "nothing" ? null : { hash: HASH };
      case "eth_getBlockByNumber":
        return BLOCK;
      default:
        return [];
    }
  };
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const asked = await request.json();
    const answers = [asked].flat().map(({ id, method }: { id: number; method: string }) => ({
      jsonrpc: "2.0",
      id,
      result: resultOf(method),
    }));
    return Response.json(Array.isArray(asked) ? answers : answers[0]);
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function statusAt(...known: Parameters<typeof nodeOf>[0][]) {
  await using nodes = new AsyncDisposableStack();
  const urls = known.map((knows) => nodes.use(nodeOf(knows)).url);
  const limits = { deadlineMs: 120_000, timeoutMs: 120_000, maxBodyBytes: 100_000, maxBatch: 10 };
  const pool = new RpcPool({ urls, chainId: 1, ...limits }, systemTimers, () => {});
  const settings = withDefaults({
    rpcUrls: urls,
    chainId: 1,
    registryAddress: ADDRESS,
    tokenAddress: ADDRESS,
  });
  const network = () => Promise.resolve(ADDRESS);
  const deps = { timers: systemTimers, log: () => {} };
  const tail = new ChainTail(pool, settings, deps, network, { reset() {}, logs() {} });
  const status = await transactionStatus(pool, tail, network, HASH);
  tail.close();
  return status.state;
}

Deno.test("transactionStatus() takes the receipt of any address, and unknown only where none knows the transaction", async () => {
  assert.equal(await statusAt("receipt"), "confirmed");
  assert.equal(await statusAt("nothing", "receipt"), "confirmed");
  assert.equal(await statusAt("nothing", "transaction", "receipt"), "confirmed");
  assert.equal(await statusAt("nothing", "transaction"), "pending");
  assert.equal(await statusAt("nothing", "nothing"), "unknown");
});
