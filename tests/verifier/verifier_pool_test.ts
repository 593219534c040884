import assert from "node:assert/strict";
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import { publicKeyOf, signEvent } from "../../protocols/nostr/sign.ts";
import type { Verdict } from "../../protocols/nostr/verifier.ts";
import type { VerifierWorker } from "../../verifier/pool_member.ts";
import { createVerifierPool } from "../../verifier/verifier_pool.ts";

const key = new Uint8Array(32).fill(7);
const pubkey = publicKeyOf(key);

function signed(count: number): NostrEvent[] {
  return Array.from({ length: count }, (_, at) => {
    const unsigned = { kind: 1, created_at: at, tags: [["n", `${at}`]], content: "gm", pubkey };
    return signEvent(unsigned, key, new Uint8Array(32));
  });
}

const EVENTS = signed(40);

function spawn(file: string): VerifierWorker {
  return new Worker(new URL(file, import.meta.url), {
    type: "module",
    deno: { permissions: "none" },
  });
}

/** Workers that fail in a way, until `failing` were made; then real ones. */
function failsFirst(failing: number, how: string): () => VerifierWorker {
  let made = 0;
  return () =>
    made++ < failing
      ? spawn(`./silent_worker.ts${how}`)
      : spawn("../../verifier/verifier_worker.ts");
}

Deno.test("verifierPool() gives each verdict in its place", async () => {
  using pool = createVerifierPool({ maxWorkers: 2 });
  const events = EVENTS.map((event, at): NostrEvent => {
    if (at % 5 === 1) return { ...event, content: "gn" };
    if (at % 5 === 3) return { ...event, sig: "1".repeat(128) };
    if (at % 10 === 4) return { ...event, sig: EVENTS[0].sig };
    return event;
  });
  const expected = events.map((_, at): Verdict =>
    at % 5 === 1 ? "bad_id" : at % 5 === 3 || at % 10 === 4 ? "bad_signature" : "ok"
  );
  assert.deepEqual(await pool.verify(events), expected);
  assert.deepEqual(await pool.verify([]), []);
  assert.equal(pool.status().waiting, 0);
});

Deno.test("verifierPool() grows to its limit under load and is empty after idling", async () => {
  const ended = Promise.withResolvers<void>();
  let alive = 0;
  using pool = createVerifierPool({
    maxWorkers: 2,
    idleMs: 1,
    remember: 0,
    spawn() {
      alive++;
      const worker = spawn("../../verifier/verifier_worker.ts");
      const terminate = worker.terminate.bind(worker);
      worker.terminate = () => {
        terminate();
        if (--alive === 0) ended.resolve();
      };
      return worker;
    },
  });
  assert.equal(pool.status().workers, 0);
  const done = pool.verify(EVENTS);
  assert.equal(pool.status().workers, 2);
  assert.deepEqual(new Set(await done), new Set(["ok"]));
  // The idle timer keeps no process alive, so this one does.
  const hold = setInterval(() => {}, 1_000);
  await ended.promise;
  clearInterval(hold);
  assert.equal(pool.status().workers, 0);
  assert.deepEqual(await pool.verify(EVENTS.slice(0, 1)), ["ok"]);
});

Deno.test("verifierPool() remembers only what it verified", async () => {
  using pool = createVerifierPool({ maxWorkers: 1 });
  const [event] = EVENTS;
  const forged = { ...event, sig: "2".repeat(128) };
  assert.deepEqual(await pool.verify([forged, forged]), ["bad_signature", "bad_signature"]);
  assert.deepEqual(await pool.verify([event]), ["ok"]);
  assert.equal(pool.status().checked, 3);
  // Known now; the forged one and a changed copy still are not.
  assert.deepEqual(await pool.verify([event, forged, { ...event, content: "gn" }]), [
    "ok",
    "bad_signature",
    "bad_id",
  ]);
  assert.deepEqual([pool.status().checked, pool.status().remembered], [4, 1]);
});

for (
  const { name, how, hungMs } of [
    { name: "says nothing", how: "", hungMs: 2_000 },
    { name: "throws", how: "?die", hungMs: 60_000 },
    { name: "answers what was not asked", how: "?lie", hungMs: 60_000 },
  ]
) {
  Deno.test(`verifierPool() replaces a worker that ${name} and checks its batch again`, async () => {
    using pool = createVerifierPool({ maxWorkers: 1, hungMs, spawn: failsFirst(1, how) });
    assert.deepEqual(await pool.verify(EVENTS.slice(0, 4)), ["ok", "ok", "ok", "ok"]);
    assert.equal(pool.status().replaced, 1);
    assert.equal(pool.status().waiting, 0);
  });
}

Deno.test("verifierPool() gives a batch up that two workers died of", async () => {
  using pool = createVerifierPool({ maxWorkers: 1, spawn: failsFirst(2, "?die") });
  await assert.rejects(pool.verify(EVENTS.slice(0, 2)), { code: "failed" });
  assert.deepEqual(await pool.verify(EVENTS.slice(0, 2)), ["ok", "ok"]);
});

Deno.test("verifierPool() takes nothing but 1 for good", async () => {
  using pool = createVerifierPool({ maxWorkers: 1, spawn: failsFirst(1, "?two") });
  assert.deepEqual(await pool.verify(EVENTS.slice(0, 1)), ["bad_signature"]);
});

Deno.test("verifierPool() refuses when no worker starts", async () => {
  using pool = createVerifierPool({
    spawn: () => {
      throw new Error("no workers here");
    },
  });
  await assert.rejects(pool.verify(EVENTS.slice(0, 2)), { code: "failed" });
  assert.equal(pool.status().waiting, 0);
});

Deno.test("verifierPool() refuses what exceeds its bound, and all after its end", async () => {
  const pool = createVerifierPool({ maxWorkers: 1, maxWaiting: 4, spawn: failsFirst(9, "") });
  const stuck = pool.verify(EVENTS.slice(0, 4));
  await assert.rejects(pool.verify(EVENTS.slice(4, 5)), { code: "busy" });
  assert.equal(pool.status().waiting, 4);
  pool.close();
  await assert.rejects(stuck, { code: "closed" });
  await assert.rejects(pool.verify(EVENTS.slice(0, 1)), { code: "closed" });
});
