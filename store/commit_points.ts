/**
 * Names commits by what they change, so that a crash harness can kill a process at one kind of them. A change of a new kind does
 * not compile here until it has a name.
 *
 * @module
 */
import type { Change } from "./store.ts";
import { type CommitName, isHeard, reached } from "../base/crash_point.ts";

/** Tells the harness, if there is one, that these changes are written but not committed, or committed but not told. */
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
    // These stand beside others, which name the commit; what is stated in the journal alone decides nothing.
    case "journal":
    case "addOutbox":
    case "claimJobKey":
    case "putQuote":
    case "putVerification":
    case "putMeter":
    case "planFailover":
    case "addCallback":
    case "putPayerChannel":
    case "putReceiverChannel":
      return [];
    // A callback that is cut short is given again, and moves no money.
    // What is lost of them is printed by the next run, or not at all.
    case "addJobLog":
    case "addJobUsage":
      return [];
    case "settleCallback":
    case "repeatCallback":
      return [];
    // The crash test of chains stops at each of their commits by itself.
    case "putSequence":
    case "moveSequence":
    case "putSequenceAttempt":
      return [];
    default:
      return neverOf(change);
  }
}

/** The type check ends here when a kind of change has no name. */
function neverOf(change: never): never {
  throw new TypeError(`a change has no name: ${String((change as { op?: unknown }).op)}`);
}
