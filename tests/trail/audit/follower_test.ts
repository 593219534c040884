/** When a follower of the journal retries, and what it reports meanwhile. */
import assert from "node:assert/strict";
import { createFollower, type Sink } from "../../../trail/audit/follower.ts";
import { AuditError } from "../../../trail/audit/audit_error.ts";

const HASH = "ab".repeat(32);

function follower(over: Partial<Sink> = {}) {
  const told: string[] = [];
  const time = { ms: 0 };
  const sink: Sink = {
    open: () => Promise.resolve({ seq: 3, hash: HASH }),
    take: () => Promise.resolve(),
    close: () => Promise.resolve(),
    ...over,
  };
  const made = createFollower("the sink", sink, {
    clock: () => time.ms,
    log: (level, msg) => void told.push(`${level} ${msg}`),
  });
  return { made, told, time };
}

const check = () => Promise.resolve();

Deno.test("follower: it retries after trouble every second for five minutes, then less and less often, and reports it once", async () => {
  let broken = true;
  const { made, told, time } = follower({
    open: () =>
      broken
        ? Promise.reject(new AuditError("full", "no room"))
        : Promise.resolve({ seq: 3, hash: HASH }),
  });
  const waits: number[] = [];
  while (time.ms < 2_000_000) {
    assert.equal(await made.ready(check), false);
    waits.push(made.retryAtMs - time.ms);
    time.ms = made.retryAtMs;
  }
  assert.deepEqual([...new Set(waits)], [
    1_000,
    2_000,
    4_000,
    8_000,
    16_000,
    32_000,
    64_000,
    128_000,
    256_000,
    300_000,
  ]);
  assert.equal(waits.filter((ms) => ms === 1_000).length, 301);
  assert.deepEqual(made.trouble, { code: "full", message: "no room", sinceMs: 0 });
  broken = false;
  assert.equal(await made.ready(check), true);
  assert.equal(await made.take([]), true);
  assert.equal(made.trouble, null);
  assert.deepEqual(told, ["warn the sink cannot be written", "info the sink is written again"]);
});

Deno.test("follower: an entry that does not follow its last one is refused before anything is written", async () => {
  const taken: number[] = [];
  const { made } = follower({
    take: (entries) => Promise.resolve(void taken.push(...entries.map(({ seq }) => seq))),
  });
  await made.ready(check);
  const entry = (seq: number, prev: string, hash = `${seq}`.padStart(64, "0")) =>
    ({ seq, prev, hash }) as Parameters<typeof made.take>[0][number];
  assert.equal(await made.take([entry(4, HASH), entry(5, HASH)]), false);
  assert.equal(made.trouble?.code, "forked");
  assert.deepEqual(taken, []);
  assert.equal(await made.ready(check), true);
  assert.equal(await made.take([entry(2, ""), entry(3, ""), entry(4, HASH)]), true);
  assert.deepEqual([taken, made.seq, made.trouble], [[4], 4, null]);
});

Deno.test("follower: a branch that somebody else moved is not reported at first", async () => {
  const { made, told } = follower({
    take: () => Promise.reject(new AuditError("moved", "somebody else committed meanwhile")),
  });
  await made.ready(check);
  const next = { seq: 4, prev: HASH, hash: HASH } as Parameters<typeof made.take>[0][number];
  assert.equal(await made.take([next]), false);
  assert.deepEqual([made.trouble, made.isOpen, made.retryAtMs, told], [null, false, 0, []]);
});
