import assert from "node:assert/strict";
import { systemTimers } from "../../../base/timers.ts";
import { OPENED_TOPIC } from "../../../money/evm/channel_logs.ts";
import { openingBlocks } from "../../../money/evm/opening_block.ts";
import { RpcPool } from "../../../money/evm/rpc_pool.ts";

const CONTRACT = `0x${"c".repeat(40)}`;
const CHANNEL = `0x${"a".repeat(64)}`;
const NEWEST = 2 ** 30;
const OPENED_AT = 123_456_789;
/** A block every two seconds, as if the chain began in 2023. */
const timeS = (height: number) => 1_700_000_000 + 2 * height;
const hex = (value: number) => `0x${value.toString(16)}`;
const hashOf = (height: number) => `0x${height.toString(16).padStart(64, "0")}`;

interface Call {
  readonly id: number;
  readonly method: string;
  readonly params: readonly { readonly fromBlock: string; readonly toBlock: string }[];
}

/** A node that takes no question about logs of more than `widest` blocks. */
function answerTo({ id, method, params }: Call, widest: number) {
  if (method === "eth_chainId") return { id, result: "0x1" };
  if (method === "eth_getBlockByNumber") {
    const height = Number(params[0]);
    return {
      id,
      result: {
        number: hex(height),
        hash: hashOf(height),
        parentHash: hashOf(Math.max(0, height - 1)),
        timestamp: hex(timeS(height)),
        baseFeePerGas: "0x1",
      },
    };
  }
  const [from, to] = [Number(params[0].fromBlock), Number(params[0].toBlock)];
  if (to - from >= widest) return { id, error: { code: -32_602, message: "range too wide" } };
  const log = {
    address: CONTRACT,
    topics: [OPENED_TOPIC, CHANNEL],
    data: "0x",
    blockNumber: hex(OPENED_AT),
    blockHash: hashOf(OPENED_AT),
    transactionHash: hashOf(1),
    logIndex: "0x0",
  };
  return { id, result: from <= OPENED_AT && OPENED_AT <= to ? [log] : [] };
}

async function found(widest: number, deployBlock = 0, openedAtS = timeS(OPENED_AT)) {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const asked = await request.json();
    const answers = [asked].flat().map((call: Call) => ({
      jsonrpc: "2.0",
      ...answerTo(call, widest),
    }));
    return Response.json(Array.isArray(asked) ? answers : answers[0]);
  });
  try {
    const pool = new RpcPool(
      {
        urls: [`http://127.0.0.1:${server.addr.port}`],
        chainId: 1,
        deadlineMs: 120_000,
        timeoutMs: 120_000,
        maxBodyBytes: 100_000,
        maxBatch: 10,
      },
      systemTimers,
      () => {},
    );
    const newest = {
      number: NEWEST,
      hash: hashOf(NEWEST),
      parentHash: hashOf(NEWEST - 1),
      timestampS: timeS(NEWEST),
      baseFeeWei: 1n,
    };
    const channels = [{ id: CHANNEL, openedAtS }];
    return (await openingBlocks(pool, CONTRACT, channels, deployBlock, newest)).get(CHANNEL);
  } finally {
    await server.shutdown();
  }
}

Deno.test("openingBlocks() asks once where the node takes any range", async () => {
  assert.equal(await found(Infinity), hashOf(OPENED_AT));
});

Deno.test("openingBlocks() finds a block by its time among a billion, at a node that takes sixteen at once", async () => {
  assert.equal(await found(16), hashOf(OPENED_AT));
  assert.equal(await found(16, OPENED_AT), hashOf(OPENED_AT), "the first block of the contract");
  assert.equal(await found(16, 0, timeS(OPENED_AT) - 1), hashOf(OPENED_AT), "between two blocks");
  assert.equal(await found(16, 0, timeS(OPENED_AT + 1)), undefined, "it was opened before");
  assert.equal(await found(15), undefined, "the node takes less");
});
