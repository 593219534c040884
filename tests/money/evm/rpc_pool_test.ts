/** Which of several RPC addresses is asked first, and for how long one that failed is passed over. */
import assert from "node:assert/strict";
import { RpcPool } from "../../../money/evm/rpc_pool.ts";
import { ManualTimers } from "../../network/door/manual_timers.ts";

const CHAIN_ID = 31_337;

interface Call {
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
}

/** A node that answers every call, or fails each exchange with `failure`. */
function nodeOf() {
  const node = {
    asked: 0,
    calls: [] as (readonly [string, readonly unknown[]])[],
    failure: null as null | ((calls: readonly Call[]) => Response),
  };
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const calls = await request.json();
    node.asked += 1;
    node.calls.push(...[calls].flat().map(({ method, params }: Call) => [method, params] as const));
    if (node.failure !== null) return node.failure([calls].flat());
    const answers = [calls].flat().map(({ id, method }: Call) => ({
      jsonrpc: "2.0",
      id,
      result: method === "eth_chainId" ? `0x${CHAIN_ID.toString(16)}` : {
        number: "0x0",
        hash: `0x${"1".repeat(64)}`,
        parentHash: `0x${"0".repeat(64)}`,
        timestamp: "0x1",
        baseFeePerGas: "0x1",
      },
    }));
    return Response.json(Array.isArray(calls) ? answers : answers[0]);
  });
  return {
    node,
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function withTwo(
  work: (
    place: {
      first: ReturnType<typeof nodeOf>["node"];
      second: ReturnType<typeof nodeOf>["node"];
      timers: ManualTimers;
      /** Which of the two answered a call. */
      ask(): Promise<"first" | "second">;
    },
  ) => Promise<void>,
) {
  await using first = nodeOf();
  await using second = nodeOf();
  const timers = new ManualTimers();
  const pool = new RpcPool(
    {
      urls: [first.url, second.url],
      chainId: CHAIN_ID,
      deadlineMs: 1_000,
      timeoutMs: 5_000,
      maxBodyBytes: 100_000,
      maxBatch: 10,
    },
    timers,
    () => {},
  );
  const ask = async () => {
    const before = second.node.asked;
    await pool.ask("eth_blockNumber", [], (value) => value);
    return second.node.asked > before ? "second" : "first";
  };
  await work({ first: first.node, second: second.node, timers, ask });
}

const down = () => new Response("down", { status: 503 });
const busy = (afterS: number) => () =>
  new Response("", { status: 429, headers: { "retry-after": String(afterS) } });

Deno.test("RpcPool asks an address that failed once again after a second, then after twice as long each time", async () => {
  await withTwo(async ({ first, timers, ask }) => {
    assert.equal(await ask(), "first");
    for (const restMs of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      first.failure = down;
      assert.equal(await ask(), "second");
      const { asked } = first;
      timers.advance(restMs - 1);
      assert.equal(await ask(), "second", `${restMs} ms are not over`);
      assert.equal(first.asked, asked);
      timers.advance(1);
    }
    first.failure = null;
    assert.equal(await ask(), "first");
    first.failure = down;
    assert.equal(await ask(), "second");
    timers.advance(1_000);
    first.failure = null;
    assert.equal(await ask(), "first", "an answer in between began the count again");
  });
});

Deno.test("RpcPool skips an address for as long as it asked for, at most half a minute", async () => {
  await withTwo(async ({ first, timers, ask }) => {
    for (const [afterS, restMs] of [[7, 7_000], [3_600, 30_000]]) {
      first.failure = busy(afterS);
      assert.equal(await ask(), "second");
      timers.advance(restMs - 1);
      const { asked } = first;
      assert.equal(await ask(), "second");
      assert.equal(first.asked, asked);
      timers.advance(1);
      first.failure = null;
      assert.equal(await ask(), "first");
    }
  });
});

Deno.test("RpcPool asks no other address once the time for a call is over", async () => {
  await withTwo(async ({ first, second, timers, ask }) => {
    first.failure = () => {
      timers.advance(999);
      return down();
    };
    assert.equal(await ask(), "second");
    timers.advance(30_000);
    const { asked } = second;
    first.failure = () => {
      timers.advance(1_000);
      return down();
    };
    await assert.rejects(ask(), { name: "ChainError", code: "rpc" });
    assert.equal(second.asked, asked);
  });
});

/** Answers each call with this error, as nodes do. */
const refusing = (error: object) => (calls: readonly Call[]) => {
  const answers = calls.map(({ id }) => ({ jsonrpc: "2.0", id, error }));
  return Response.json(answers.length === 1 ? answers[0] : answers);
};

Deno.test("RpcPool treats an error with data as the contract's answer, and one with empty data as a failure", async () => {
  await withTwo(async ({ first, second, timers, ask }) => {
    await ask();
    const busy = { code: -32_005, message: "rate limit" };
    for (const data of ["0x", "", undefined]) {
      first.failure = refusing({ ...busy, data });
      assert.equal(await ask(), "second");
      timers.advance(30_000);
    }
    first.failure = refusing({ code: -32_601, message: "no such method" });
    assert.equal(await ask(), "second");
    first.failure = null;
    timers.advance(30_000);
    assert.equal(await ask(), "first", "it has proved again which chain it is");
    const { asked } = second;
    first.failure = refusing({ ...busy, data: "0x08c379a0" });
    await assert.rejects(ask(), { name: "RpcRefusal" });
    assert.equal(second.asked, asked);
  });
});

Deno.test("RpcPool asks an address for its chain again after it was away, not after it was busy", async () => {
  await withTwo(async ({ first, timers, ask }) => {
    const exchanges = async () => {
      const { asked } = first;
      assert.equal(await ask(), "first");
      return first.asked - asked;
    };
    const fails = async (failure: typeof first.failure) => {
      first.failure = failure;
      assert.equal(await ask(), "second");
      first.failure = null;
      timers.advance(30_000);
    };
    assert.equal(await exchanges(), 2, "its chain, and the call");
    assert.deepEqual(first.calls, [
      ["eth_chainId", []],
      ["eth_getBlockByNumber", ["0x0", false]],
      ["eth_blockNumber", []],
    ], "a first block may hold many transactions, and none is needed");
    assert.equal(await exchanges(), 1);
    await fails(busy(1));
    assert.equal(await exchanges(), 1);
    await fails(down);
    assert.equal(await exchanges(), 2);
    assert.equal(await exchanges(), 1);
  });
});

Deno.test("RpcPool asks the other address where the first refuses to say which chain it is", async () => {
  for (
    const error of [
      { code: -32_005, message: "rate limit" },
      { code: -32_000, message: "unauthorized" },
      { code: 3, message: "execution reverted", data: "0x08c379a0" },
    ]
  ) {
    await withTwo(async ({ first, timers, ask }) => {
      first.failure = refusing(error);
      assert.equal(await ask(), "second");
      first.failure = null;
      timers.advance(30_000);
      assert.equal(await ask(), "first");
    });
  }
});

Deno.test("RpcPool tries its addresses in turn with longer and longer waits, until the time for a call is over", async () => {
  await using first = nodeOf();
  await using second = nodeOf();
  first.node.failure = second.node.failure = down;
  const clock = new ManualTimers();
  const waits: number[] = [];
  const pool = new RpcPool(
    {
      urls: [first.url, second.url],
      chainId: CHAIN_ID,
      deadlineMs: 10_000,
      timeoutMs: 60_000,
      maxBodyBytes: 100_000,
      maxBatch: 10,
    },
    {
      now: () => clock.now(),
      after(ms, task) {
        if (ms === 60_000) return () => {};
        waits.push(ms);
        clock.advance(ms);
        queueMicrotask(task);
        return () => {};
      },
    },
    () => {},
  );
  await assert.rejects(pool.ask("eth_blockNumber", [], (value) => value), { code: "rpc" });
  assert.deepEqual(waits, [100, 200, 400, 800, 1_600, 3_200, 3_200]);
  assert.equal(first.node.asked, 8);
});
