/** Rows of every table of the store. */
import { ANSWERS } from "../../store/answer_table.ts";
import { BUDGETS } from "../../store/budget_table.ts";
import { PROVIDER_HISTORY, PROVIDER_PAYMENTS } from "../../store/provider_payment_table.ts";
import { CALLBACKS } from "../../store/callback_table.ts";
import { CHECKPOINTS } from "../../store/checkpoint_table.ts";
import { CHANNELS, TRANSACTIONS } from "../../store/chain_tables.ts";
import type { Table } from "../../store/define_table.ts";
import { JOB_ATTEMPTS, JOB_FAILOVER } from "../../store/job_attempt_tables.ts";
import { JOB_COUNTS } from "../../store/job_count_table.ts";
import { JOB_REQUIREMENTS } from "../../store/job_requirement_table.ts";
import { JOB_KEYS } from "../../store/job_key_table.ts";
import { JOB_LOGS } from "../../store/job_log_table.ts";
import { INVOICES } from "../../store/invoice_table.ts";
import { METERS } from "../../store/meter_table.ts";
import { SEALED } from "../../store/sealed_table.ts";
import { RESULT_SCHEMAS } from "../../store/result_schema_table.ts";
import { JOB_USAGE } from "../../store/job_usage_table.ts";
import { JOBS, OUTBOX } from "../../store/job_tables.ts";
import { JOURNAL, JOURNAL_BASE, JOURNAL_FACTS } from "../../store/journal_tables.ts";
import { QUOTED_PRICES, QUOTES } from "../../store/quote_table.ts";
import { LATE_PACKETS } from "../../store/late_packet_table.ts";
import { CURSORS, SNAPSHOTS, SUMS } from "../../store/named_tables.ts";
import {
  INCOMING,
  OUTGOING,
  PAYER_CHANNELS,
  RECEIVER_CHANNELS,
} from "../../store/packet_tables.ts";
import { QUARANTINE } from "../../store/quarantine_table.ts";
import { SEEN } from "../../store/seen_table.ts";
import { SEQUENCE_ATTEMPTS, SEQUENCE_STEPS, SEQUENCES } from "../../store/sequence_tables.ts";
import { UNDELIVERED } from "../../store/undelivered_table.ts";
import { REFUSED_PAYMENTS } from "../../store/refused_payment_table.ts";
import { JUDGEMENTS } from "../../store/judgement_table.ts";
import { COMPARATORS } from "../../store/verification_row.ts";
import { VERIFICATIONS } from "../../store/verification_table.ts";
import {
  chainChannel,
  incoming,
  job,
  outgoing,
  payer,
  receiver,
  transaction,
} from "./store_rows.ts";

/** A table with rows for it. */
export interface TableCase<Row> {
  readonly table: Table<Row>;
  readonly rows: readonly Row[];
}
const BYTES = new Uint8Array([1, 2, 255]);
/** Columns that a separate statement writes, or the database. */
export const GIVEN = ["writtenOffAtMs", "callbackId", "quarantineId", "factsId", "outboxId"];
export const GIVEN_COLUMNS = {
  written_off_at_ms: null,
  callback_id: 4,
  quarantine_id: 4,
  facts_id: 4,
  outbox_id: 4,
};
const LINK = { channelId: "0xother", nonce: 7 };

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
const ENTRY = {
  seq: 1,
  atMs: 2,
  type: "payment",
  jobId: null,
  channelId: null,
  eventId: null,
  kind: null,
  bytes: null,
  amountUnits: null,
  balanceUnits: null,
  outcome: "fulfilled",
  prev: "p",
  hash: "h",
  factsId: null,
  data: "{}",
};

// deno-lint-ignore no-explicit-any
export const CASES: readonly TableCase<any>[] = [
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
  { table: PAYER_CHANNELS, rows: [payer({ signed: 2n ** 70n, nonce: 3 })] },
  { table: RECEIVER_CHANNELS, rows: [receiver(), receiver({ bestClaim: BYTES })] },
  {
    table: OUTGOING,
    rows: [
      outgoing(),
      outgoing({
        incoming: LINK,
        answer: BYTES,
        about: { jobId: "j", provider: "p", kind: 5601, bytes: 9 },
      }),
    ],
  },
  {
    table: INCOMING,
    rows: [incoming(), incoming({ obligation: null, next: LINK, answer: BYTES })],
  },
  {
    table: CHANNELS,
    rows: [chainChannel(), chainChannel({ automatic: false, note: "n", settleAtMs: 9 })],
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
  {
    table: CHECKPOINTS,
    rows: [{
      seq: 3,
      hash: "a".repeat(64),
      commit: null,
      signature: "b".repeat(128),
      pubkey: "c".repeat(64),
      atMs: 5,
    }],
  },
  { table: SEEN, rows: [{ eventId: "e", outcome: "o", atMs: 1 }] },
  { table: CURSORS, rows: [{ name: "n", value: "v" }] },
  { table: SNAPSHOTS, rows: [{ name: "n", counter: 2, sealed: BYTES }] },
  { table: SUMS, rows: [{ name: "n", value: 2n ** 90n }] },
  {
    table: QUARANTINE,
    rows: [{
      quarantineId: 4,
      bytes: BYTES,
      reason: "r",
      atMs: 3,
      source: "s",
      known: { kind: 5601, of: "x" },
      retry: true,
    }],
  },
  { table: ANSWERS, rows: [{ jobId: "", outcome: "o", count: 1, ...EVENT, kind: 7, atMs: 2 }] },
  {
    table: JOB_REQUIREMENTS,
    rows: [{ jobId: "job-aaaaaaa", requirements: '{"cores":4}' }],
  },
  { table: JOB_COUNTS, rows: [{ role: "buyer", status: "success", jobs: 3 }] },
  { table: BUDGETS, rows: [{ subject: "job:j", units: 5n, atMs: 2 }] },
  {
    table: PROVIDER_PAYMENTS,
    rows: [{
      jobId: "j",
      provider: "p",
      paidUnits: 5n,
      upfrontUnits: 4n,
      strangerUnits: 3n,
      outcome: "open",
    }],
  },
  { table: PROVIDER_HISTORY, rows: [{ provider: "p", deliveredUnits: 5n, riskUnits: 2n ** 90n }] },
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
  { table: LATE_PACKETS, rows: [{ obligation: "write:e", jobId: "j", role: "buyer" }] },
  {
    table: QUOTES,
    rows: [{ eventId: "e", quote: new Uint8Array([1]), condition: "c", atMs: 3 }],
  },
  {
    table: QUOTED_PRICES,
    rows: [{
      eventId: "e",
      provider: "p",
      announcedUnits: 5n,
      announcedAtS: 2,
      promisedUnits: 4n,
      quotedUnits: 6n,
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
  { table: REFUSED_PAYMENTS, rows: [{ provider: "a", atMs: 5 }] },
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
  {
    table: INVOICES,
    rows: (["due", "refused", "sent", "paid", "failed", "unknown"] as const).map((state, at) => ({
      eventId: "e",
      role: at === 0 ? "provider" as const : "buyer" as const,
      jobId: "job-1",
      invoice: "lnbc1",
      paymentHash: "h",
      amountMsats: 2n ** 70n,
      feesMsats: at === 3 ? 7n : null,
      state,
      code: at === 1 ? "day_limit" : null,
      preimage: at === 3 ? "p" : null,
      expiresAtS: 5,
      atMs: 3,
      sentAtMs: at === 2 ? 4 : null,
    })),
  },
  {
    table: METERS,
    rows: [
      {
        eventId: "e",
        role: "buyer",
        party: "p",
        incrementUnits: 2n ** 70n,
        seconds: 15,
        kib: 0,
        most: 7,
        paid: 2,
        paidAtMs: 5,
        sinceMs: 4,
        usedMs: 0,
        usedBytes: 0,
        fromByte: 0,
        turns: 3,
        pausedAtMs: 6,
        state: "open",
        atMs: 3,
      },
      {
        eventId: "e",
        role: "provider",
        party: "p",
        incrementUnits: 1n,
        seconds: 1,
        kib: 0,
        most: 1,
        paid: 1,
        paidAtMs: 5,
        sinceMs: null,
        usedMs: 900,
        usedBytes: 0,
        fromByte: 0,
        turns: 0,
        pausedAtMs: null,
        state: "over",
        atMs: 3,
      },
    ],
  },
  {
    table: SEALED,
    rows: [
      {
        eventId: "e",
        role: "buyer",
        party: "p",
        condition: "c",
        restUnits: 2n ** 70n,
        result: new Uint8Array([1, 2]),
        state: "opened",
        key: "k",
        atMs: 3,
        dueAtMs: 4,
      },
      {
        eventId: "f",
        role: "provider",
        party: "p",
        condition: "c",
        restUnits: 0n,
        result: new Uint8Array([3]),
        state: "waiting",
        key: null,
        atMs: 3,
        dueAtMs: 4,
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
  {
    table: JOURNAL,
    rows: [
      { ...ENTRY, amountUnits: 7n, balanceUnits: -7n, factsId: 2 },
      { ...ENTRY, jobId: "j", channelId: "ch_1", eventId: "e", kind: 1, bytes: 2 },
    ],
  },
  {
    table: UNDELIVERED,
    rows: [
      {
        messageId: "m",
        relayUrl: "wss://r.example",
        reader: "k",
        event: new Uint8Array([1, 2]),
        state: "waiting",
        tries: 1,
        reason: null,
        nextAtMs: 2,
        atMs: 1,
      },
      {
        messageId: "m",
        relayUrl: "wss://s.example",
        reader: "k",
        event: new Uint8Array(0),
        state: "given_up",
        tries: 7,
        reason: "it cannot be reached",
        nextAtMs: 3,
        atMs: 1,
      },
    ],
  },
  { table: JOURNAL_FACTS, rows: [{ factsId: 4, channel: "0x", data: "{}" }] },
  {
    table: JOURNAL_BASE,
    rows: [{ only: 0, seq: 4, hash: "h", atMs: 3, spent: 8n, earned: 0n }],
  },
  { table: TRANSACTIONS, rows: [transaction(), transaction({ feeWei: 2n ** 90n, reason: "r" })] },
];
