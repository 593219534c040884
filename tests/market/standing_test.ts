import assert from "node:assert/strict";
import {
  byPreference,
  countedJob,
  failedJob,
  scoreOf,
  standingsOf,
  withKeptPrices,
} from "../../market/standing.ts";
import type { JobRow } from "../../store/job_row.ts";

const NOW_MS = 1_770_000_000_000;
const DAY_MS = 86_400_000;
const bought = (status: JobRow["status"], ageDays: number, exitCode: number | null = 0) => ({
  provider: "p",
  status,
  exitCode,
  createdAtMs: NOW_MS - ageDays * DAY_MS - 1_000,
  updatedAtMs: NOW_MS - ageDays * DAY_MS,
  errorCode: null as string | null,
  jobPaid: true,
  amountUnits: 100n,
});

Deno.test("countedJob() gives a job half its weight after 30 days, and none to open and cancelled ones", () => {
  for (const [ageDays, weight] of [[0, 1], [30, 0.5], [60, 0.25], [-5, 1]]) {
    assert.equal(countedJob(bought("success", ageDays), NOW_MS)?.weight, weight);
  }
  assert.equal(countedJob(bought("success", 0, 3), NOW_MS)?.went, "badly");
  assert.equal(countedJob(bought("success", 0, null), NOW_MS)?.went, "well");
  assert.equal(countedJob(bought("timeout", 0), NOW_MS)?.went, "badly");
  for (const status of ["processing", "cancelled"] as const) {
    assert.equal(countedJob(bought(status, 0), NOW_MS), null);
  }
});

Deno.test("countedJob() holds a payment that was refused or never answered, and an increment that the buyer did not pay, against nobody", () => {
  for (
    const [job, went] of [
      [{ ...bought("refused", 0), jobPaid: false }, null],
      // The key to a sealed result was refused: nobody signed that either.
      [bought("refused", 0), null],
      [{ ...bought("timeout", 0), jobPaid: false }, null],
      [bought("timeout", 0), "badly"],
      // A free job.
      [{ ...bought("timeout", 0), jobPaid: false, amountUnits: 0n }, "badly"],
      // An invoice that was not paid.
      [
        {
          ...bought("timeout", 0),
          jobPaid: false,
          amountUnits: 0n,
          errorCode: "payment_required",
        },
        null,
      ],
      // The provider signed an error, or a result.
      [{ ...bought("error", 0), jobPaid: false }, "badly"],
      [{ ...bought("success", 0), jobPaid: false }, "well"],
      // The buyer did not pay an increment, or it is not known.
      [{ ...bought("error", 0), errorCode: "increment_unpaid" }, null],
      [{ ...bought("error", 0), errorCode: "paused_too_long" }, null],
      [{ ...bought("error", 0), errorCode: "unpaid_unseen" }, null],
      [{ ...bought("error", 0), errorCode: "false_claim" }, "badly"],
    ] as const
  ) assert.equal(countedJob(job, NOW_MS)?.went ?? null, went, JSON.stringify(job.status));
});

Deno.test("standingsOf() scores by weight: old jobs count little", () => {
  const jobs = [bought("success", 0), bought("success", 30), bought("error", 60)];
  const standing = standingsOf(jobs, NOW_MS).get("p")!;
  assert.deepEqual([standing.jobs, standing.succeeded], [3, 2]);
  assert.equal(standing.score, (1.5 + 1) / (1.75 + 2));
  assert.equal(standing.score, scoreOf(jobs.map((job) => countedJob(job, NOW_MS)!)));
  assert.equal(scoreOf([]), 0.5);
  const reformed = [bought("error", 300), bought("success", 0)];
  assert.ok(standingsOf(reformed, NOW_MS).get("p")!.score > 0.6);
});

Deno.test("failedJob() counts a job that was passed on as one that went badly for its first provider", () => {
  const failed = failedJob({
    jobId: "job-1",
    provider: "p",
    code: "busy",
    createdAtMs: NOW_MS - 30 * DAY_MS - 1_000,
    atMs: NOW_MS - 30 * DAY_MS,
  });
  const standing = standingsOf([bought("success", 0), failed], NOW_MS).get("p")!;
  assert.deepEqual([standing.jobs, standing.succeeded, standing.score], [2, 1, 2 / 3.5]);
});

Deno.test("withKeptPrices() and standingsOf(): a job at four times the announced price counts as well by a quarter, and one that failed not more", () => {
  const price = (jobId: string, provider: string, quotedUnits: bigint) => ({
    jobId,
    provider,
    eventId: jobId,
    atMs: NOW_MS,
    announcedUnits: 100n,
    announcedAtS: 1,
    promisedUnits: 100n,
    quotedUnits,
    paidUnits: quotedUnits,
  });
  const prices = [price("a", "p", 400n), price("b", "p", 50n), price("c", "p", 400n)];
  const of = (status: JobRow["status"], jobId: string) => ({ ...bought(status, 0), jobId });
  const jobs = [of("success", "a"), of("success", "b"), of("error", "c"), of("success", "d")];
  const standing = (with_: typeof prices) =>
    standingsOf(withKeptPrices(jobs, with_), NOW_MS).get("p")!;
  assert.equal(standing([]).score, (3 + 1) / (4 + 2));
  assert.equal(standing(prices).score, (0.25 + 1 + 0 + 1 + 1) / (4 + 2));
  assert.deepEqual([standing(prices).jobs, standing(prices).succeeded], [4, 3]);
  // A job that another provider then had is not dear for this one.
  assert.equal(standing([price("a", "q", 400n)]).score, (3 + 1) / (4 + 2));
  const before = standingsOf(jobs, NOW_MS).get("p")!;
  assert.ok(byPreference(standing(prices), before, "history") > 0, "it is asked later");
  assert.equal(byPreference(standing(prices), before, "price"), 0);
});
