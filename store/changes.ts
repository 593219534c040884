/**
 * Applies one {@link Change} inside an open transaction. It enforces the money rules of docs/money.md against every caller: totals and
 * nonces never fall, signed bytes never change, a packet's first outcome stays, one obligation is paid once. A breach is a `conflict`, and
 * the caller's whole commit is undone.
 *
 * @module
 */
import { applyQuarantine } from "./quarantine.ts";
import { addOutbox } from "./outbox.ts";
import { recordAnswer } from "./answer_changes.ts";
import { applyCallback } from "./callbacks.ts";
import { type ChangeContext, sameBytes } from "./change_context.ts";
import { putChannel, putTransaction } from "./chain_changes.ts";
import { putCheckpoint } from "./checkpoint_changes.ts";
import { putIncoming } from "./incoming_changes.ts";
import { putPayerChannel, putReceiverChannel } from "./money_channel_changes.ts";
import { putOutgoing, writeOff } from "./outgoing_changes.ts";
import { applySequence } from "./sequence_changes.ts";
import { denyResult, patchJob, putJob } from "./job_changes.ts";
import { giveUpPacket } from "./late_packets.ts";
import { addJobLog } from "./job_logs.ts";
import { putJudgement } from "./judgements.ts";
import { addJobUsage } from "./job_usage.ts";
import { cancelJob } from "./job_cancel.ts";
import { passJobOn, planFailover } from "./job_failover.ts";
import { replaceSilent } from "./silent_jobs.ts";
import { noteEntry } from "./journal_drafts.ts";
import { claimJobKey } from "./job_keys.ts";
import { applyInvoice } from "./invoices.ts";
import { applyMeter } from "./meters.ts";
import { oneOf, text, whole } from "./checks.ts";
import { applyPause } from "./pauses.ts";
import { acceptAnswers } from "./provider_payments.ts";
import { payQuote } from "./paid_quotes.ts";
import { putQuote } from "./quotes.ts";
import { applyUndelivered } from "./undelivered.ts";
import { paymentAnswered } from "./refused_payments.ts";
import { putRequirements } from "./job_requirements.ts";
import { putResultSchemas } from "./result_schemas.ts";
import { putSealed, settleSealed } from "./sealed_results.ts";
import { quoteSuccessor } from "./successors.ts";
import { joinVerification, putVerification } from "./verifications.ts";
import { CURSORS, SNAPSHOTS } from "./named_tables.ts";
import { SEEN } from "./seen_table.ts";
import type { Change } from "./store.ts";
import { StoreError } from "./store_error.ts";

/** Applies one change or throws. After a throw, the caller rolls back. */
export function applyChange(context: ChangeContext, change: Change): void {
  switch (change?.op) {
    case "putJob":
      return putJob(context, change.row, change.expect);
    case "patchJob":
      return patchJob(context, change.jobId, change.role, change.patch, change.unchangedSinceMs);
    case "claimJobKey":
      return claimJobKey(context, change);
    case "putQuote":
      return putQuote(context, change);
    case "payQuote":
      return payQuote(context, change);
    case "putVerification":
      return putVerification(context, change);
    case "joinVerification":
      return joinVerification(context, change);
    case "acceptAnswers":
      return acceptAnswers(context, change);
    case "putJudgement":
      return putJudgement(context, change);
    case "putResultSchemas":
      return putResultSchemas(context, change);
    case "putRequirements":
      return putRequirements(context, change);
    case "denyResult":
      return denyResult(context, change);
    case "putSealed":
      return putSealed(context, change);
    case "settleSealed":
      return settleSealed(context, change);
    case "putMeter":
    case "payIncrement":
    case "meterRun":
    case "turnMeter":
    case "confirmPause":
    case "topUpMeter":
      return applyMeter(context, change);
    case "putInvoice":
    case "moveInvoice":
      return applyInvoice(context, change);
    case "planFailover":
      return planFailover(context, change);
    case "cancelJob":
      return cancelJob(context, change);
    case "quoteSuccessor":
      return quoteSuccessor(context, change);
    case "passJobOn":
      return passJobOn(context, change);
    case "replaceSilent":
      return replaceSilent(context, change);
    case "noteRefusedPayment":
    case "forgetRefusedPayment":
      return paymentAnswered(context, change);
    case "putUndelivered":
    case "dropUndelivered":
      return applyUndelivered(context, change);
    case "addOutbox":
      return addOutbox(context, change.row);
    case "settleOutbox":
      return settleOutbox(context, change);
    case "putPayerChannel":
      return putPayerChannel(context, change.row);
    case "putReceiverChannel":
      return putReceiverChannel(context, change.row);
    case "putOutgoing":
      return putOutgoing(context, change.row, change.expect, change.forfeit === true);
    case "putIncoming":
      return putIncoming(context, change.row, change.expect);
    case "writeOff":
      return writeOff(context, change);
    case "putChannel":
      return putChannel(context, change.row, change.expect);
    case "putTransaction":
      return putTransaction(context, change.row, change.expect);
    case "markSeen":
      return markSeen(context, change);
    case "recordAnswer":
      return recordAnswer(context, change);
    case "setCursor":
      return setCursor(context, change);
    case "pause":
      return applyPause(context, change);
    case "putSnapshot":
      return putSnapshot(context, change);
    case "quarantine":
    case "retryQuarantined":
    case "releaseQuarantined":
      return applyQuarantine(context, change);
    case "putSequence":
    case "moveSequence":
    case "putSequenceAttempt":
      return applySequence(context, change);
    case "addCallback":
    case "settleCallback":
    case "repeatCallback":
      return applyCallback(context, change);
    case "addJobLog":
      return addJobLog(context, change);
    case "addJobUsage":
      return addJobUsage(context, change);
    case "journal":
      return noteEntry(context.journal, change.entry);
    case "putCheckpoint":
      return putCheckpoint(context, change.row);
    default:
      throw new StoreError(
        "invalid",
        `the store knows no change "${
          String((change as { op?: unknown } | null)?.op).slice(0, 40)
        }"`,
      );
  }
}

type Of<Op extends Change["op"]> = Extract<Change, { op: Op }>;

function settleOutbox(context: ChangeContext, change: Of<"settleOutbox">): void {
  const { db, touched } = context;
  const id = whole("outboxId", change.outboxId);
  const state = oneOf("state", ["done", "failed"], change.state);
  const detail = change.detail === null ? null : text("detail", change.detail);
  const row = db.get("SELECT state, job_id FROM outbox WHERE outbox_id = ?", id);
  const current = row?.state;
  if (current === undefined) throw new StoreError("conflict", `outbox entry ${id} does not exist`);
  if (current === state) return;
  if (current !== "pending") {
    throw new StoreError("conflict", `outbox entry ${id} is settled as ${current} already`);
  }
  db.run("UPDATE outbox SET state = ?, detail = ? WHERE outbox_id = ?", state, detail, id);
  if (typeof row?.job_id === "string") touched.add(`booked:${row.job_id}`);
  if (change.late !== undefined) giveUpPacket(context, change.late);
}

function markSeen({ db }: ChangeContext, { eventId, outcome, atMs }: Of<"markSeen">): void {
  db.run(`${SEEN.insert} ON CONFLICT DO NOTHING`, ...SEEN.values({ eventId, outcome, atMs }));
}

function setCursor({ db }: ChangeContext, { name, value }: Of<"setCursor">): void {
  db.run(CURSORS.upsert, ...CURSORS.values({ name, value }));
}

/** Keeps the snapshot with the highest counter. Commits of several channels may arrive in another order than the signer made them. */
function putSnapshot({ db }: ChangeContext, change: Of<"putSnapshot">): void {
  const { name, counter, sealed } = change;
  const values = SNAPSHOTS.values({ name, counter, sealed });
  const found = db.get("SELECT * FROM snapshots WHERE name = ?", name);
  const current = found && SNAPSHOTS.row(found);
  if (current !== null && counter <= current.counter) {
    if (counter === current.counter && !sameBytes(sealed, current.sealed)) {
      throw new StoreError("conflict", `snapshot ${name} ${counter} exists with other bytes`);
    }
    return;
  }
  db.run(SNAPSHOTS.upsert, ...values);
}
