import assert from "node:assert/strict";
import type { Filter } from "../../protocols/nostr/filter.ts";
import { AskAgain } from "../../stages/relay_source_ask_again.ts";
import type { RelayDocument } from "../../peers/relay/relay_session.ts";
import type { AwaitedJob } from "../../store/store.ts";
import { ManualTime } from "../peers/relay/scripted_relay.ts";

const START_MS = new ManualTime().nowMs;

function document(text: string): RelayDocument {
  const bytes = new TextEncoder().encode(text);
  return { type: "document", bytes, encoding: "json", createdAtS: 1, stored: true };
}

function job(digit: string, over: Partial<AwaitedJob> = {}): AwaitedJob {
  return {
    eventId: digit.repeat(64),
    kind: 5600,
    createdAtMs: START_MS,
    deadlineMs: START_MS + 60_000,
    open: true,
    ...over,
  };
}

/** Asks over time that passes by hand; `jobs` and `stored` may change meanwhile. */
function rig(jobs: AwaitedJob[], stored: RelayDocument[] = []) {
  const time = new ManualTime();
  const asked: { readonly atS: number; readonly ids: string; readonly filters: Filter[] }[] = [];
  const taken: string[] = [];
  let looks = 0;
  const asking = new AskAgain({
    awaited(sinceMs) {
      looks++;
      return Promise.resolve(jobs.filter((each) => each.open || each.createdAtMs >= sinceMs));
    },
    query: (filters) => {
      asked.push({
        atS: (time.nowMs - START_MS) / 1_000,
        ids: filters.flatMap((filter) => filter["#e"] ?? []).map((id) => id[0]).join(""),
        filters: [...filters],
      });
      return Promise.resolve({ documents: stored, ended: "eose", reason: null });
    },
    take: (documents) => {
      taken.push(...documents.map(({ bytes }) => new TextDecoder().decode(bytes)));
      return Promise.resolve();
    },
    clock: time.clock,
    timers: time.timers,
    count: () => {},
  });
  return {
    jobs,
    asking,
    asked,
    taken,
    /** How often the store was asked. */
    looks: () => looks,
    nowMs: () => time.nowMs,
    /** Seconds go by, each look to its end. */
    async pass(seconds: number) {
      const untilMs = time.nowMs + seconds * 1_000;
      while (time.nowMs < untilMs) {
        const [next = 1_000] = time.pendingMs;
        time.advance(Math.min(next, untilMs - time.nowMs));
        for (let turn = 0; turn < 12; turn++) await Promise.resolve();
      }
    },
  };
}

Deno.test("AskAgain asks for an open job every three seconds and reports each document once", async () => {
  const at = rig([job("a")], [document("one"), document("two")]);
  await at.pass(10);
  assert.deepEqual(at.asked.map(({ atS }) => atS), [3, 6, 9]);
  assert.deepEqual(at.asked[0]!.filters, [
    { kinds: [7000, 6600], "#e": ["a".repeat(64)], since: START_MS / 1_000 - 300 },
  ]);
  assert.deepEqual(at.taken, ["one", "two"]);
  at.asking.stop();
  await at.pass(10);
  assert.equal(at.asked.length, 3);
});

Deno.test("AskAgain does not ask a relay that pushes for half a minute, until the connection is lost", async () => {
  const at = rig([job("a")]);
  at.asking.pushed();
  await at.pass(31);
  assert.deepEqual(at.asked.map(({ atS }) => atS), [30]);
  at.asking.lost();
  await at.pass(4);
  assert.deepEqual(at.asked.map(({ atS }) => atS), [30, 33]);
});

Deno.test("AskAgain asks once when a deadline has passed, then every minute, and finally stops", async () => {
  const at = rig([job("a", { deadlineMs: START_MS + 10_500 })]);
  at.asking.pushed();
  await at.pass(10);
  at.jobs[0] = job("a", { deadlineMs: START_MS + 10_500, open: false });
  await at.pass(130);
  assert.deepEqual(at.asked.map(({ atS }) => atS), [10.5, 70.5, 130.5]);
  at.jobs.length = 0;
  await at.pass(130);
  assert.equal(at.asked.length, 3);
});

Deno.test("AskAgain asks nothing where no job is open, and looks for one every three seconds", async () => {
  const at = rig([]);
  await at.pass(61);
  assert.deepEqual(at.asked, []);
  assert.equal(at.looks(), 21);
});

Deno.test("AskAgain asks for a job that is made after a while without one, within a second of its time", async () => {
  const at = rig([]);
  await at.pass(62);
  at.jobs.push(job("a", { createdAtMs: at.nowMs(), deadlineMs: at.nowMs() + 60_000 }));
  await at.pass(8);
  assert.deepEqual(at.asked.map(({ atS }) => atS - 62), [3, 6]);
});

Deno.test("AskAgain asks for a hundred jobs at once, and for the others a second later", async () => {
  const digits = "0123456789abcdef";
  const jobs = Array.from({ length: 250 }, (_, n) => ({
    ...job("a"),
    eventId: `${digits[n % 16]}${String(n).padStart(63, "0")}`,
  }));
  const at = rig(jobs);
  await at.pass(5);
  assert.deepEqual(at.asked.map(({ atS, ids }) => [atS, ids.length]), [[3, 100], [4, 100], [
    5,
    50,
  ]]);
});

Deno.test("AskAgain reports nothing that the relay pushed before", async () => {
  const at = rig([job("a")], [document("one"), document("two")]);
  assert.equal(at.asking.know(document("one").bytes), false);
  await at.pass(4);
  assert.deepEqual(at.taken, ["two"]);
});
