import assert from "node:assert/strict";
import { UnpostedNote } from "../../../commands/job/unposted_note.ts";

function rig() {
  const notes: string[] = [];
  const noted = Promise.withResolvers<void>();
  const note = (text: string) => {
    notes.push(text);
    noted.resolve();
    return Promise.resolve();
  };
  return { output: { note }, notes, noted: noted.promise };
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 20));

Deno.test("UnpostedNote says once where the reason is that a job is not posted", async () => {
  const at = rig();
  using note = new UnpostedNote(at, { jobId: "job-1", status: "created" }, 1);
  note.see({ status: "created" });
  await at.noted;
  await pause();
  assert.equal(at.notes.length, 1);
  assert.match(at.notes[0], /^job-1: its request is not posted yet; 'crosstown logs' says/);
});

Deno.test("UnpostedNote says nothing of a job that is posted, or for which nobody waits any more", async () => {
  const at = rig();
  using posted = new UnpostedNote(at, { jobId: "job-1", status: "created" }, 5);
  posted.see({ status: "posted" });
  using before = new UnpostedNote(at, { jobId: "job-2", status: "paid" }, 1);
  before.see({ status: "paid" });
  {
    using _given = new UnpostedNote(at, { jobId: "job-3", status: "created" }, 5);
  }
  await pause();
  assert.deepEqual(at.notes, []);
});
