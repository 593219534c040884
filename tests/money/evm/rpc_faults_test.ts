/** RPC addresses that are down, slow, wrong, stale, or talk nonsense, in front of a real node. */
import assert from "node:assert/strict";
import { systemTimers, type Timers } from "../../../base/timers.ts";
import { chainTest, useChain } from "../../contracts/chain.ts";
import { answering, type Fault, type FaultyRpc, faultyRpc } from "./faulty_rpc.ts";
import { callsOf, openChain, optionsFor, signed } from "./on_node.ts";

const node = useChain();
const NOBODY = "http://127.0.0.1:1";
const LIMIT_MS = 120_001;

const refusedByAll: readonly {
  readonly name: string;
  readonly fault: Fault;
  readonly code: string;
  readonly says: RegExp;
}[] = [
  {
    name: "another chain",
    fault: answering("eth_chainId", () => ({ result: "0x14a34" })),
    code: "wrong_chain",
    says: /it is chain 84532, not 31337/,
  },
  {
    name: "no chain id",
    fault: answering("eth_chainId", () => ({ result: 31_337 })),
    code: "rpc",
    says: /no chain id/,
  },
  {
    name: "status 503",
    fault: () => new Response("down", { status: 503 }),
    code: "rpc",
    says: /HTTP status 503/,
  },
  {
    name: "a redirect to another host",
    fault: () => new Response(null, { status: 302, headers: { location: "http://127.0.0.1:1/" } }),
    code: "rpc",
    says: /HTTP status 302/,
  },
  {
    name: "a page instead of JSON",
    fault: () => new Response("<html>"),
    code: "rpc",
    says: /not JSON/,
  },
  {
    name: "bytes that are no UTF-8",
    fault: () => new Response(new Uint8Array([0x22, 0xff, 0x22])),
    code: "rpc",
    says: /not JSON/,
  },
  { name: "null", fault: () => Response.json(null), code: "rpc", says: /not an object/ },
  {
    name: "the answer to another question",
    fault: (calls) =>
      Response.json(calls.map(({ id }) => ({ jsonrpc: "2.0", id: id + 1_000, result: "0x1" }))),
    code: "rpc",
    says: /another question/,
  },
  {
    name: "neither result nor error",
    fault: (calls) => Response.json(calls.map(({ id }) => ({ jsonrpc: "2.0", id }))),
    code: "rpc",
    says: /neither result nor error/,
  },
  {
    name: "a body without an end",
    fault: () => {
      const piece = new Uint8Array(1_048_576).fill(0x20);
      return new Response(
        new ReadableStream({ pull: (controller) => controller.enqueue(piece) }),
      );
    },
    code: "rpc",
    says: /above 8388608 bytes/,
  },
  {
    name: "silence",
    fault: (_calls, _forward, end) => end.then(() => new Response()),
    code: "rpc",
    says: /no answer in time/,
  },
  {
    name: "429",
    fault: () => new Response("", { status: 429, headers: { "retry-after": "1000" } }),
    code: "rpc",
    says: /too many requests/,
  },
];

/**
 * A clock that stands still, and time limits that end only when an address is silent: how long a busy machine takes for an answer
 * does not count.
 */
function quietTimers(bad: FaultyRpc, name: string) {
  const nowMs = Date.now();
  const limits = new Set<() => void>();
  const { fault } = bad;
  bad.fault = (...given) => {
    if (name === "silence") limits.forEach((end) => end());
    return fault!(...given);
  };
  const timers: Timers = {
    now: () => nowMs,
    after(ms, task) {
      if (ms !== LIMIT_MS) return systemTimers.after(ms, task);
      limits.add(task);
      return () => void limits.delete(task);
    },
  };
  return { timers };
}

for (const { name, fault, code, says } of refusedByAll) {
  chainTest(`evmChain() refuses an RPC address with ${name} as ${code}`, async () => {
    await using bad = faultyRpc(node().url);
    bad.fault = fault;
    const more = { rpcUrls: [bad.url], timeoutMs: LIMIT_MS, deadlineMs: 400 };
    using chain = openChain(optionsFor(node(), more), quietTimers(bad, name));
    await assert.rejects(() => chain.contracts(), (error) => {
      assert.equal((error as { code?: string }).code, code);
      assert.match((error as Error).message, says);
      assert.match((error as Error).message, /127\.0\.0\.1:\d+/);
      return true;
    });
  });

  chainTest(`evmChain() goes on with the next address past one with ${name}`, async () => {
    await using bad = faultyRpc(node().url);
    bad.fault = fault;
    const more = { rpcUrls: [bad.url, node().url], timeoutMs: LIMIT_MS };
    using chain = openChain(optionsFor(node(), more), quietTimers(bad, name));
    assert.equal((await chain.contracts()).chainId, 31_337);
    const id = await node().open(node().alice, node().bob);
    const before = bad.requests;
    assert.equal((await chain.channel(id))?.state, "open");
    assert.equal(bad.requests, before, "an address that failed is left alone for a while");
  });
}

chainTest("evmChain() keeps trying an address that comes back before the deadline", async () => {
  await using bad = faultyRpc(node().url);
  let left = 3;
  bad.fault = async (_, forward) =>
    left-- > 0 ? new Response("", { status: 502 }) : Response.json(await forward());
  using chain = openChain(optionsFor(node(), { rpcUrls: [bad.url] }));
  assert.equal((await chain.contracts()).decimals, 18);
});

chainTest(
  "evmChain() says that nobody answers, naming hosts and nothing else of an address",
  async () => {
    const secret = "5ecret0fTheProv1der";
    const lines: string[] = [];
    const rpcUrls = [
      `${NOBODY}/v3/${secret}?key=${secret}`,
      NOBODY.replace("//", `//user:${secret}@`),
    ];
    using chain = openChain(optionsFor(node(), { rpcUrls, deadlineMs: 300 }), {
      log: (...line) => lines.push(JSON.stringify(line)),
    });
    await assert.rejects(() => chain.contracts(), (error) => {
      assert.equal((error as { code?: string }).code, "rpc");
      const whole = Deno.inspect(error, { depth: 20 }) + (error as Error).stack;
      assert.ok(!whole.includes(secret), "the address's key stands in the error");
      assert.match((error as Error).message, /127\.0\.0\.1:1: no connection/);
      return true;
    });
    assert.ok(lines.length > 0 && !lines.join().includes(secret));
  },
);

chainTest(
  "evmChain() repeats no key that a node throws back at it, and signs in with the user part",
  async () => {
    const secret = "5ecret0fTheProv1der";
    await using rpc = faultyRpc(node().url);
    const address = `${rpc.url.replace("//", `//user:${secret}@`)}/v3/${secret}`;
    using chain = openChain(optionsFor(node(), { rpcUrls: [address] }));
    await chain.contracts();
    assert.equal(rpc.headers?.get("authorization"), `Basic ${btoa(`user:${secret}`)}`);
    const message = `no funds \u001b[31mleft on ${address} for ${secret}`;
    rpc.fault = async ([{ id, method }], forward) =>
      Response.json(
        method === "eth_sendRawTransaction"
          ? { jsonrpc: "2.0", id, error: { code: -32_000, message } }
          : await forward(),
      );
    const raw = await signed(node(), node().alice, callsOf(node()).open(node().bob));
    await assert.rejects(() => chain.broadcast(raw), (error) => {
      const { message } = error as Error;
      assert.ok(!message.includes(secret) && !message.includes("\u001b"), message);
      assert.match(message, /no funds/);
      return true;
    });
  },
);

chainTest(
  "evmChain() asks the address with the newest block when the first one fell behind",
  async () => {
    const at = node();
    await using lazy = faultyRpc(at.url);
    const old = await at.client.request({
      method: "eth_getBlockByNumber" as never,
      params: ["latest", false] as never,
    });
    using chain = openChain(
      optionsFor(at, { rpcUrls: [lazy.url, at.url], maxBlockAgeMs: 60_000 }),
      { timers: { ...systemTimers, now: () => Date.now() + 200_000 } },
    );
    lazy.fault = answering(
      "eth_getBlockByNumber",
      ({ params }) => params[0] === "latest" ? { result: old } : null,
    );
    await at.later(200n);
    const id = await at.open(at.alice, at.bob);
    const newest = await at.client.getBlockNumber();
    assert.equal((await chain.head(0)).blockNumber, Number(newest));
    assert.equal((await chain.channel(id))?.state, "open");
  },
);

chainTest("evmChain() takes no logs from a node that has lost its newest block", async () => {
  const at = node();
  await using flaky = faultyRpc(at.url);
  using chain = openChain(optionsFor(at, { rpcUrls: [flaky.url, at.url], confirmations: 2 }));
  const id = await at.open(at.alice, at.bob);
  await at.client.mine({ blocks: 1 });
  assert.equal((await chain.channel(id))?.state, "open");
  // Behind a load balancer, "latest" comes from a node that is ahead, and logs from one that is not.
  const newest = `0x${(await at.client.getBlockNumber() + 1n).toString(16)}`;
  flaky.fault = async (calls, forward) => {
    const real = await forward() as { id: number; result: unknown }[] | { id: number };
    if (!Array.isArray(real)) return Response.json(real);
    return Response.json(real.map((answer) => {
      const call = calls.find(({ id }) => id === answer.id)!;
      if (call.method === "eth_getLogs") return { ...answer, result: [] };
      if (call.params[0] === newest) return { ...answer, result: null };
      return answer;
    }));
  };
  await at.send(at.alice, "closeChannel", id);
  await chain.head(0);
  assert.equal((await chain.channel(id))?.state, "closed");
});

chainTest("evmChain() sends one call a request to an address that takes no batches", async () => {
  await using single = faultyRpc(node().url);
  single.fault = async (calls, forward) =>
    calls.length > 1
      ? Response.json({ jsonrpc: "2.0", id: null, error: { code: -32_600, message: "no batch" } })
      : Response.json(await forward());
  using chain = openChain(optionsFor(node(), { rpcUrls: [single.url] }));
  assert.equal((await chain.contracts()).decimals, 18);
});
