/** How a home takes jobs that are compared, in the process and over the socket. */
import assert from "node:assert/strict";
import type { JobRow } from "../../../store/job_row.ts";
import { call, JOB, OUTBOX, overJson, rig, ROW } from "./home_methods_rig.ts";

for (const way of ["in the process", "over the socket"]) {
  Deno.test(`a home, ${way}, takes jobs that are compared all at once, and waits until so many of them are over`, async () => {
    await using made = await rig();
    const home = way === "in the process" ? made.api : overJson(made.handlers);
    const { store } = made.at;
    const jobs = ["1", "2", "3"].map((letter) => {
      const row = {
        ...ROW,
        jobId: `job-${letter}`,
        eventId: letter.repeat(64),
        provider: letter.repeat(64),
      };
      return { ...JOB, row, outbox: [{ ...OUTBOX, jobId: row.jobId }] };
    });
    const jobIds = jobs.map(({ row }) => row.jobId);
    const twice = [jobs[0], jobs[1], {
      ...jobs[2],
      row: { ...jobs[2].row, provider: "1".repeat(64) },
    }];
    await assert.rejects(
      home.submitVerification(
        { jobs: twice, needed: 2, challenge: false, compare: "kind", judge: null },
        call(),
      ),
      {
        code: "conflict",
      },
    );
    assert.equal(await store.getJob("job-1"), null, "none of them was made");
    await home.submitVerification({
      jobs,
      needed: 2,
      challenge: false,
      compare: "kind",
      judge: null,
    }, call());
    assert.deepEqual((await store.verificationOf("job-3")).map(({ jobId }) => jobId), jobIds);
    const seen: string[] = [];
    const wanted = { jobIds, wanted: "ended", count: 2, forMs: null } as const;
    const see = call<JobRow>(({ jobId, status }) => void seen.push(`${jobId} ${status}`));
    const waiting = home.untilJobs(wanted, see);
    const end = async (jobId: string) => {
      const [{ outboxId }] = await store.pendingOfJob(jobId, [], 0);
      await store.commit([
        {
          op: "patchJob",
          jobId,
          role: "buyer",
          patch: { status: "error", updatedAtMs: 2_000_000 },
        },
        { op: "settleOutbox", outboxId, state: "done", detail: null },
      ]);
    };
    await end("job-2");
    await end("job-1");
    const rows = await waiting;
    assert.deepEqual(rows.map(({ status }) => status), ["error", "error", "created"]);
    const present = jobIds.map((jobId) => `${jobId} created`);
    assert.deepEqual(seen.splice(0).sort(), [...present, "job-1 error", "job-2 error"].sort());
    await home.untilJobs(wanted, see);
    assert.deepEqual(seen, ["job-1 error", "job-2 error", "job-3 created"]);
    const last = await home.untilJobs({ ...wanted, count: 3, forMs: 1 }, call());
    assert.equal(last[2].status, "created", "it waits no longer than told");
    await assert.rejects(home.untilJobs({ ...wanted, jobIds: ["job-none"] }, call()), RangeError);
  });
}

for (const way of ["in the process", "over the socket"]) {
  Deno.test(`a home, ${way}, takes the third job of a challenge once, and none of another comparison`, async () => {
    await using made = await rig();
    const home = way === "in the process" ? made.api : overJson(made.handlers);
    const { store } = made.at;
    const [first, second, third, fourth] = ["1", "2", "3", "4"].map((letter) => {
      const row = {
        ...ROW,
        jobId: `job-${letter}`,
        eventId: letter.repeat(64),
        provider: letter.repeat(64),
      };
      return { ...JOB, row, outbox: [{ ...OUTBOX, jobId: row.jobId }] };
    });
    await home.submitVerification({
      jobs: [first, second],
      needed: 2,
      challenge: true,
      compare: "kind",
      judge: null,
    }, call());
    await home.submitThird({ job: third, leadId: "job-1" }, call());
    const members = await store.verificationOf("job-3");
    assert.deepEqual(members.map(({ jobId }) => jobId), ["job-1", "job-2", "job-3"]);
    assert.ok(
      members.every(({ needed, count, challenge }) => needed === 2 && count === 3 && challenge),
    );
    await assert.rejects(home.submitThird({ job: fourth, leadId: "job-1" }, call()), {
      code: "conflict",
    });
    await assert.rejects(home.submitThird({ job: fourth, leadId: "job-4" }, call()), {
      code: "conflict",
    });
    assert.equal(await store.getJob("job-4"), null);
  });
}
