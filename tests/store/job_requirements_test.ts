/** What a buyer required of a job's provider is kept with the job, and removed with it. */
import assert from "node:assert/strict";
import { openWorld } from "./given.ts";
import { code } from "./store_case.ts";
import { job } from "./store_rows.ts";

Deno.test("putRequirements keeps them with the job, the first of two, and removes them with it", async () => {
  await using world = await openWorld();
  const { store } = world;
  const row = job({ status: "success", createdAtMs: 1, updatedAtMs: 2 });
  const { jobId } = row;
  const put = (requirements: string) =>
    store.commit([{ op: "putRequirements", jobId, requirements }]);
  assert.equal(await store.jobRequirements(jobId), null);
  await store.commit([
    { op: "putJob", row },
    { op: "putRequirements", jobId, requirements: '[{"field":"arch","value":"amd64"}]' },
  ]);
  await put("[]");
  assert.equal(await store.jobRequirements(jobId), '[{"field":"arch","value":"amd64"}]');
  await assert.rejects(put("x".repeat(4_097)), code("invalid"));
  await store.removeOld(1_000);
  assert.equal(await store.getJob(jobId, "buyer"), null);
  assert.equal(await store.jobRequirements(jobId), null);
});
