import assert from "node:assert/strict";
import { verificationLines } from "../../../commands/job/verified_job.ts";

type Told = Parameters<typeof verificationLines>[0];

const TOLD: Told = {
  ...{ id: "job-1", state: "agreed", k: 2, n: 2, compare: "kind", judge: null, paid_units: 5n },
  challenge: false,
  agreed: [{ job_id: "job-1", provider: "a".repeat(64), answer: { exit_code: 0 } }],
  ...{ dissent: [], undecided: [], unanswered: [] },
};

for (const [challenge, label] of [[true, "checked"], [false, "verified"]] as const) {
  Deno.test(`verificationLines() of a ${label} job begins each text in the same column`, () => {
    const [first, agreed] = verificationLines({ ...TOLD, challenge }, String);
    assert.equal(first, `  ${label.padEnd(10)}1 equal answers, 2 of 2 needed: agreed; 5 in all`);
    assert.equal(agreed, `  agreed    ${"a".repeat(12)} exit code 0`);
  });
}
