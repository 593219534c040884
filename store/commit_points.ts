/**
 * Names commits by what they change, so that a crash harness can kill a process at a chosen commit. A new kind of change does not compile
 * until it has a name here.
 *
 * @module
 */
import type { Change } from "./store.ts";
import { type CommitName, isHeard, reached } from "../base/crash_point.ts";

/**
 * Tells the harness, if there is one, that these changes are written but not committed ("before"), or committed but not yet reported
 * ("after").
 */
export function commitReached(changes: readonly Change[], when: "before" | "after"): void {
  if (!isHeard()) return;
  for (const name of new Set(changes.flatMap(nameOf))) reached(`commit.${name}.${when}`);
}

function nameOf(change: Change): CommitName | [] {
  switch (change.op) {
    case "putJob":
      return "job_created";
    case "patchJob":
    case "passJobOn":
    case "cancelJob":
    case "denyResult":
      return "job_patched";
    case "settleOutbox":
      return "outbox_settled";
    case "putOutgoing": {
      const first = change.row.state === "open";
      if (change.row.incoming !== null) return first ? "connector_w1" : "connector_w2";
      return first ? "payer_w1" : "payer_w2";
    }
    case "putIncoming":
      if (change.row.state === "held") return change.row.next === null ? "receiver_w1" : [];
      if (change.expect === "absent") return "receiver_refused";
      return change.row.next === null ? "receiver_w2" : [];
    case "writeOff":
      return "connector_write_off";
    case "putSnapshot":
      return "signer_ledger";
    case "markSeen":
    case "recordAnswer":
      return "event_seen";
    case "pause":
    case "setCursor":
      return "cursor";
    case "putChannel":
      return "channel";
    case "putTransaction":
      return "transaction";
    case "quarantine":
    case "retryQuarantined":
    case "releaseQuarantined":
      return "quarantine";
    case "putCheckpoint":
      return "checkpoint";
    case "putSealed":
      return "delivery_sealed";
    case "settleSealed":
      return "delivery_settled";
    case "payIncrement":
      return "increment_paid";
    case "meterRun":
      return "meter_run";
    case "turnMeter":
      return "meter_turned";
    case "moveInvoice":
      return "invoice_moved";
    case "replaceSilent":
      return "silent_replaced";
    case "payQuote":
      return "quote_paid";
    case "quoteSuccessor":
      return "successor_quoted";
    case "putVerification":
      return "jobs_compared";
    case "joinVerification":
      return "third_compared";
    // These changes come with others that name the commit. Entries that only go into the journal decide nothing.
    case "journal":
    case "addOutbox":
    case "claimJobKey":
    case "putQuote":
    case "putInvoice":
    case "putResultSchemas":
    case "putRequirements":
    case "putMeter":
    case "topUpMeter":
    case "confirmPause":
    case "planFailover":
    case "noteRefusedPayment":
    case "forgetRefusedPayment":
    case "addCallback":
    case "putPayerChannel":
    case "putReceiverChannel":
      return [];
    // A judge that was interrupted is asked again, and answers are accepted again.
    case "putJudgement":
    case "acceptAnswers":
      return [];
    // A crash loses at most some lines of a job's log or usage. The next run prints them again, or they are missing.
    case "addJobLog":
    case "addJobUsage":
      return [];
    // A message is kept before its first try. The same wrap may be sent again.
    case "putUndelivered":
    case "dropUndelivered":
      return [];
    case "settleCallback":
    case "repeatCallback":
      return [];
    // The crash test of sequences stops at each of their commits itself.
    case "putSequence":
    case "moveSequence":
    case "putSequenceAttempt":
      return [];
    default:
      return neverOf(change);
  }
}

/** Fails the type check if a kind of change has no name. */
function neverOf(change: never): never {
  throw new TypeError(`a change has no name: ${String((change as { op?: unknown }).op)}`);
}
