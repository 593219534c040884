/** The reports of commits to a crash harness, with which it can kill a process at each kind of commit. */
import assert from "node:assert/strict";
import { type CrashPoint, onCrashPoint } from "../../base/crash_point.ts";
import { commitReached } from "../../store/commit_points.ts";
import type { Change } from "../../store/store.ts";

function heard(...changes: readonly unknown[]): readonly CrashPoint[] {
  const points: CrashPoint[] = [];
  onCrashPoint((point) => points.push(point));
  try {
    commitReached(changes as readonly Change[], "before");
  } finally {
    onCrashPoint(null);
  }
  return points;
}

const outgoing = (state: string, incoming: object | null) => ({
  op: "putOutgoing",
  row: { state, incoming },
});
const incoming = (state: string, next: object | null, expect = "present") => ({
  op: "putIncoming",
  row: { state, next },
  expect,
});

const cases: readonly (readonly [name: string, change: object, point: string | null])[] = [
  ["a payer's packet that is signed", outgoing("open", null), "payer_w1"],
  ["a payer's packet that was answered", outgoing("fulfilled", null), "payer_w2"],
  ["a connector's packet that is signed", outgoing("open", {}), "connector_w1"],
  ["a connector's packet that was answered", outgoing("refused", {}), "connector_w2"],
  ["a packet that a receiver holds", incoming("held", null), "receiver_w1"],
  ["a packet that a receiver decided", incoming("fulfilled", null), "receiver_w2"],
  ["a packet that was refused as it came", incoming("refused", null, "absent"), "receiver_refused"],
  ["a held packet whose next hop names the commit", incoming("held", {}), null],
  ["an answer whose next hop names the commit", incoming("fulfilled", {}), null],
  ["a job", { op: "putJob" }, "job_created"],
  ["a job's change", { op: "patchJob" }, "job_patched"],
  ["a job's cancellation", { op: "cancelJob" }, "job_patched"],
  ["a write-off", { op: "writeOff" }, "connector_write_off"],
  ["the signer's ledger", { op: "putSnapshot" }, "signer_ledger"],
  ["a channel", { op: "putChannel" }, "channel"],
  ["a transaction", { op: "putTransaction" }, "transaction"],
  ["a cursor", { op: "setCursor" }, "cursor"],
  ["an event seen", { op: "markSeen" }, "event_seen"],
  ["a journal entry, which stands beside others", { op: "journal" }, null],
  ["a log of a job, which moves no money", { op: "addJobLog" }, null],
];

for (const [name, change, point] of cases) {
  Deno.test(`commitReached() names ${name}: ${point ?? "nothing"}`, () => {
    assert.deepEqual(heard(change), point === null ? [] : [`commit.${point}.before`]);
  });
}

Deno.test("commitReached() reports each kind of change in a commit once, and does nothing when nobody listens", () => {
  const changes = [{ op: "putJob" }, { op: "journal" }, { op: "putJob" }, outgoing("open", null)];
  assert.deepEqual(heard(...changes), ["commit.job_created.before", "commit.payer_w1.before"]);
  commitReached([{ op: "noSuchChange" }] as unknown as readonly Change[], "after");
  assert.throws(() => heard({ op: "noSuchChange" }), /a change has no name/);
});
