/** Rows of the tables of jobs and sequences. */
import { ANSWERS } from "../../store/answer_table.ts";
import { CALLBACKS } from "../../store/callback_table.ts";
import { JOB_ATTEMPTS, JOB_FAILOVER } from "../../store/job_attempt_tables.ts";
import { JOB_COUNTS } from "../../store/job_count_table.ts";
import { JOB_REQUIREMENTS } from "../../store/job_requirement_table.ts";
import { JOB_KEYS } from "../../store/job_key_table.ts";
import { JOB_LOGS } from "../../store/job_log_table.ts";
import { RESULT_SCHEMAS } from "../../store/result_schema_table.ts";
import { JOB_USAGE } from "../../store/job_usage_table.ts";
import { JOBS, OUTBOX } from "../../store/job_tables.ts";
import { SEQUENCE_ATTEMPTS, SEQUENCE_STEPS, SEQUENCES } from "../../store/sequence_tables.ts";
import { JUDGEMENTS } from "../../store/judgement_table.ts";
import { COMPARATORS } from "../../store/verification_row.ts";
import { VERIFICATIONS } from "../../store/verification_table.ts";
import { job } from "./store_rows.ts";
import type { TableCase } from "./table_case.ts";

const BYTES = new Uint8Array([1, 2, 255]);
const EVENT = { eventId: "e", pubkey: "p" };
const SEQUENCE = {
  sequenceId: "s",
  name: "n",
  key: "k",
  network: "dev",
  status: "running",
  path: "steps",
  document: BYTES,
  budgetUnits: 5n,
  createdAtMs: 1,
  updatedAtMs: 2,
  errorCode: null,
  errorMessage: null,
};

// deno-lint-ignore no-explicit-any
export const JOB_CASES: readonly TableCase<any>[] = [
  {
    table: JOBS,
    rows: [
      job(),
      job({
        role: "provider",
        provider: "p",
        callbackSkill: null,
        jobPaid: true,
        amountUnits: 2n ** 200n,
        result: BYTES,
        resultEventId: "r",
        exitCode: -1,
        errorCode: "e",
        errorMessage: "m",
      }),
    ],
  },
  {
    table: OUTBOX,
    rows: [{
      outboxId: 4,
      jobId: null,
      purpose: "write",
      event: BYTES,
      destination: "d",
      terminalPubkey: "t",
      amountUnits: null,
      state: "pending",
      detail: null,
      createdAtMs: 3,
    }],
  },
  {
    table: CALLBACKS,
    rows: [{
      callbackId: 4,
      jobId: "j",
      eventId: "e",
      skill: "s",
      document: BYTES,
      encoding: "toon",
      state: "failed",
      tries: 2,
      dueAtMs: 9,
      errorCode: "c",
      errorMessage: null,
      updatedAtMs: 8,
    }],
  },
  { table: ANSWERS, rows: [{ jobId: "", outcome: "o", count: 1, ...EVENT, kind: 7, atMs: 2 }] },
  {
    table: JOB_REQUIREMENTS,
    rows: [{ jobId: "job-aaaaaaa", requirements: '{"cores":4}' }],
  },
  { table: JOB_COUNTS, rows: [{ role: "buyer", status: "success", jobs: 3 }] },
  {
    table: SEQUENCES,
    rows: [SEQUENCE, {
      ...SEQUENCE,
      name: null,
      budgetUnits: null,
      errorCode: "e",
      status: "failed",
    }],
  },
  {
    table: SEQUENCE_STEPS,
    rows: [{
      sequenceId: "s",
      name: "n",
      position: 0,
      path: "failure",
      status: "pending",
      startedAtMs: null,
      endedAtMs: 5,
      errorCode: null,
      errorMessage: "m",
    }],
  },
  {
    table: SEQUENCE_ATTEMPTS,
    rows: [{
      sequenceId: "s",
      step: "n",
      attempt: 1,
      jobId: "j",
      provider: "p",
      reservedUnits: 9n,
      createdAtMs: 3,
    }],
  },
  {
    table: JOB_FAILOVER,
    rows: [{
      jobId: "j",
      budgetUnits: null,
      writeUnits: 4n,
      refusalCosts: true,
      destination: "",
      terminalPubkey: "",
      candidates: [{ provider: "p", payTo: "test.p", priceUnits: 2n ** 70n }],
    }],
  },
  {
    table: JOB_ATTEMPTS,
    rows: [{
      jobId: "j",
      attempt: 1,
      eventId: "e",
      provider: "p",
      code: "c",
      message: "m",
      paidUnits: 0n,
      atMs: 3,
    }],
  },
  {
    table: VERIFICATIONS,
    rows: COMPARATORS.map((compare, at) => ({
      jobId: "job-1",
      leadId: "job-1",
      position: 0,
      needed: 2,
      count: 3,
      challenge: at === 0,
      compare,
      judge: compare === "skill" ? "even" : null,
      atMs: 5,
    })),
  },
  {
    table: JUDGEMENTS,
    rows: [
      {
        leadId: "job-1",
        skill: "even",
        sha256: "a",
        groups: "[]",
        undecided: "[]",
        failedOn: null,
        errorCode: null,
        errorMessage: null,
        atMs: 5,
      },
      {
        leadId: "job-1",
        skill: "even",
        sha256: null,
        groups: null,
        undecided: null,
        failedOn: "[]",
        errorCode: "timeout",
        errorMessage: "late",
        atMs: 5,
      },
    ],
  },
  { table: JOB_KEYS, rows: [{ key: "k", content: "c", jobId: "j", atMs: 3 }] },
  {
    table: JOB_LOGS,
    rows: [{
      jobId: "j",
      role: "buyer",
      offset: 0,
      sizeBytes: 7,
      deflated: new Uint8Array([1]),
    }],
  },
  { table: RESULT_SCHEMAS, rows: [{ jobId: "j", provider: "p", schema: "{}" }] },
  {
    table: JOB_USAGE,
    rows: [
      {
        jobId: "j",
        cpuMs: 1,
        memoryBytes: 2,
        wallMs: 3,
        inputBytes: 4,
        outputBytes: 5,
        networkBytes: 6,
      },
      {
        jobId: "j",
        cpuMs: null,
        memoryBytes: null,
        wallMs: 3,
        inputBytes: 4,
        outputBytes: 5,
        networkBytes: null,
      },
    ],
  },
];
