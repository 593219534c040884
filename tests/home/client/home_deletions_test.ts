import assert from "node:assert/strict";
import { ControlError } from "../../../base/control_error.ts";
import type { Announcement } from "../../../market/announcement.ts";
import type { Store } from "../../../store/store.ts";
import { call, JOB, OUTBOX, rig, ROW } from "./home_methods_rig.ts";

Deno.test("a home asks the relay itself if no daemon does", async () => {
  const asked: string[] = [];
  await using made = await rig({
    always: false,
    refresh: (rows) => Promise.resolve(void asked.push(...rows.map(({ jobId }) => jobId))),
  });
  await made.api.submitJob(JOB, call());
  assert.equal(await made.api.refreshJobs({ jobIds: [ROW.jobId, "job-none"] }, call()), true);
  assert.deepEqual(asked, [ROW.jobId]);
});

Deno.test("a home that cannot send queues the deletion for its next process", async () => {
  await using made = await rig({ sends: false });
  const { store } = made.at;
  // A relay that writes freely may have it already.
  const write = { ...OUTBOX, purpose: "write", destination: "", amountUnits: null } as const;
  await made.api.submitJob({ ...JOB, outbox: [write] }, call());
  const patch = { status: "posted", updatedAtMs: 9 } as const;
  await store.commit([{ op: "patchJob", jobId: ROW.jobId, role: "buyer", patch }]);
  assert.equal(await made.api.cancelJob({ jobId: ROW.jobId, atMs: 10 }, call()), "queued");
  assert.equal((await store.getJob(ROW.jobId, "buyer"))!.status, "cancelled");
});

/** Cancels a posted job whose deletion is not sent at first. */
async function cancelPosted(relay: (store: Store) => Promise<Announcement[]>): Promise<string> {
  await using made = await rig({}, null, relay);
  const { store } = made.at;
  const write = { ...OUTBOX, purpose: "write", destination: "", amountUnits: null } as const;
  await made.api.submitJob({ ...JOB, outbox: [write] }, call());
  const patch = { status: "posted", updatedAtMs: 9 } as const;
  await store.commit([{ op: "patchJob", jobId: ROW.jobId, role: "buyer", patch }]);
  return await made.api.cancelJob({ jobId: ROW.jobId, atMs: 10 }, call());
}

Deno.test("a command waits for a slow deletion while the relay can be reached", async () => {
  const told = await cancelPosted(async (store) => {
    for (const { outboxId } of await store.pendingOfJob(ROW.jobId, [], 0)) {
      await store.commit([{ op: "settleOutbox", outboxId, state: "done", detail: null }]);
    }
    return [];
  });
  assert.equal(told, "told");
});

Deno.test("no command waits for a deletion while the relay cannot be reached: the home's next process sends it", async () => {
  const away = () => Promise.reject(new ControlError("offline", "it does not answer"));
  assert.equal(await cancelPosted(away), "queued");
});
