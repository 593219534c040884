import assert from "node:assert/strict";
import { WrittenJobs } from "../../stages/prepare_sink_written.ts";
import { BUYER } from "./prepare_sink_rig.ts";

Deno.test("WrittenJobs has a job as its last commit left it, unless a newer row was read, and the newest 64 jobs", () => {
  const written = new WrittenJobs();
  const { updatedAtMs } = BUYER;
  assert.equal(written.newer(BUYER), BUYER);
  written.add(BUYER, { status: "posted", updatedAtMs: 0 });
  const posted = written.newer(BUYER);
  // The store lets the time rise by one if the clock does not.
  assert.deepEqual([posted.status, posted.updatedAtMs], ["posted", updatedAtMs + 1]);
  assert.equal(written.newer({ ...BUYER, role: "provider" }).status, BUYER.status);
  const read = { ...BUYER, updatedAtMs: updatedAtMs + 2 };
  assert.equal(written.newer(read), read);
  for (let at = 0; at < 64; at++) written.add({ ...BUYER, jobId: `job-${at}` }, { jobPaid: true });
  assert.equal(written.newer(BUYER), BUYER);
  assert.equal(written.newer({ ...BUYER, jobId: "job-0" }).jobPaid, true);
});
