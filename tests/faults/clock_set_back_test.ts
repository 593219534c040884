/**
 * The wall clock is set back by hours or days while something runs, or between two runs: nothing waits until the clock has caught
 * up, nothing is freed that was spent, and no time in the books falls. (What was spent: tests/money/signer, "when the clock is set
 * back".)
 */
import assert from "node:assert/strict";
import { awaitJob } from "../../home/job_deadline.ts";
import { steadyClock } from "../../base/steady_clock.ts";
import type { Store } from "../../store/store.ts";
import type { OutboxRow } from "../../store/job_row.ts";
import { jobSource } from "../../stages/job_source.ts";
import { until } from "../e2e/process.ts";
import { auditHome, channelChanges, follows, pay } from "../trail/audit/audit_home.ts";
import { job } from "../store/store_rows.ts";
import { addRow, surroundings } from "../stages/surroundings.ts";

const NOW_MS = 1_770_000_000_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const BACK_MS = [HOUR_MS, 3 * DAY_MS];

Deno.test("steadyClock() never falls, and advances as fast as the clock", () => {
  let wallMs = NOW_MS;
  const clock = steadyClock(() => wallMs);
  const seen: number[] = [];
  for (const stepMs of [10, -DAY_MS, 10, 0, -1, 10]) {
    wallMs += stepMs;
    seen.push(clock() - NOW_MS);
  }
  assert.deepEqual(seen, [10, 10, 20, 20, 20, 30]);
});

for (const backMs of BACK_MS) {
  const hours = `${backMs / HOUR_MS} h`;
  const ROW = job({ createdAtMs: NOW_MS, updatedAtMs: NOW_MS, status: "paid", timeoutS: 60 });

  Deno.test(`awaitJob() waits no longer than the job's time, whenever the clock is set back by ${hours}`, async () => {
    for (const whenMs of [0, 30_000]) {
      await using at = await surroundings(NOW_MS);
      await at.store.commit([{ op: "putJob", row: ROW }]);
      let [passedMs, back] = [0, false];
      const store = {
        ...at.store,
        // Waiting is the clock's step here.
        watchJob: (...[id, role, , waitMs]: Parameters<typeof at.store.watchJob>) => {
          at.nowMs += waitMs;
          passedMs += waitMs;
          if (whenMs > 0 && passedMs >= whenMs && !back) {
            [at.nowMs, back] = [at.nowMs - backMs, true];
          }
          return at.store.getJob(id, role);
        },
      };
      if (whenMs === 0) at.nowMs -= backMs;
      const none = new AbortController().signal;
      const row = await awaitJob({ store }, ROW.jobId, none, undefined, undefined, () => at.nowMs);
      assert.deepEqual([row.status, row.errorCode], ["timeout", "timeout"]);
      assert.ok(row.updatedAtMs > ROW.updatedAtMs, "a later time, whatever the clock says");
      assert.ok(passedMs >= 60_000 && passedMs <= 64_000, `after ${passedMs} ms`);
    }
  });

  Deno.test(`jobSource() brings a failed row again after its pause, though the clock was set back by ${hours}`, async () => {
    await using at = await surroundings();
    const row = await addRow(at.store);
    let passedMs = 0;
    const store: Pick<Store, "pendingOutbox"> = {
      async pendingOutbox(after, limit, waitMs) {
        const rows: OutboxRow[] = await at.store.pendingOutbox(after, limit, 0);
        if (rows.length === 0) [at.nowMs, passedMs] = [at.nowMs + waitMs, passedMs + waitMs];
        return rows;
      },
    };
    const reader = jobSource({ follow: true }, { store }, at.context).getReader();
    const [first] = (await reader.read()).value!;
    at.tell({ seq: first.seq, outcome: "failed", detail: "T03" });
    at.nowMs -= backMs;
    const [again] = (await reader.read()).value!;
    assert.equal(again.known.outbox_id, row);
    assert.ok(passedMs <= 1_000, `after ${passedMs} ms`);
    await reader.cancel();
  });

  Deno.test(`the journal's times do not fall when the clock is set back by ${hours}, and the audit goes on`, async () => {
    await using home = await auditHome();
    home.start({ cycleMs: 50 });
    const written = (seq: number) =>
      until(`entry ${seq}`, async () => Number(await home.store.cursor("audit")) >= seq);
    await home.store.commit(channelChanges());
    await pay(home.store, 1);
    await written(3);
    home.nowMs -= backMs;
    home.aheadMs -= backMs;
    await pay(home.store, 2, 2);
    await written(5);
    await pay(home.store, 1, 4);
    await written(6);
    const times = (await home.store.journalAfter(0, 100, 0)).map(({ atMs }) => atMs);
    assert.deepEqual(times, times.toSorted((a, b) => a - b));
    await home.end();
    await follows(home);
  });
}
