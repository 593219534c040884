import assert from "node:assert/strict";
import { costOfJob } from "../../mcp/job_cost.ts";

const JOB = { job_id: "job-bbbbbbb", status: "success", paid_units: "30" };
const VERIFICATION = {
  id: "job-aaaaaaa",
  state: "agreed",
  challenge: true,
  paid_units: "60",
  agreed: [{ job_id: "job-aaaaaaa" }, { job_id: "job-bbbbbbb" }],
  dissent: [],
  undecided: [],
  unanswered: [],
};

for (
  const { name, document, expected } of [
    { name: "no job", document: { error: { code: "no_provider" } }, expected: null },
    {
      name: "one job",
      document: JOB,
      expected: { jobId: "job-bbbbbbb", paidUnits: 30n, ended: true },
    },
    {
      name: "a running job without a cost",
      document: { job_id: "job-ccccccc", status: "processing" },
      expected: { jobId: "job-ccccccc", paidUnits: 0n, ended: false },
    },
    {
      name: "a challenged job, whose other provider's answer is shown",
      document: { ...JOB, verification: VERIFICATION },
      expected: { jobId: "job-aaaaaaa", paidUnits: 60n, ended: true },
    },
    {
      name: "two answers that differ: a third provider may be asked",
      document: {
        ...JOB,
        verification: { ...VERIFICATION, state: "split", agreed: [], dissent: [{}, {}] },
      },
      expected: { jobId: "job-aaaaaaa", paidUnits: 60n, ended: false },
    },
    {
      name: "two answers that cannot be compared: a third provider may be asked",
      document: {
        ...JOB,
        verification: { ...VERIFICATION, state: "no_verdict", agreed: [], undecided: [{}, {}] },
      },
      expected: { jobId: "job-aaaaaaa", paidUnits: 60n, ended: false },
    },
    {
      name: "an answer that counts while another provider is at work",
      document: {
        ...JOB,
        verification: {
          ...VERIFICATION,
          challenge: false,
          unanswered: [{ status: "processing" }],
        },
      },
      expected: { jobId: "job-aaaaaaa", paidUnits: 60n, ended: false },
    },
  ]
) {
  Deno.test(`costOfJob() counts what all providers of a job are paid: ${name}`, () =>
    assert.deepEqual(costOfJob(document), expected));
}
