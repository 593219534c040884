/**
 * The places at which a process may die without losing anything: before and after each durable write, before and after each send. The
 * program only names them. A crash harness that runs parts of the program in its own process installs itself here and kills that process.
 * Nothing else can: no variable, flag or file reaches this module.
 *
 * A new write or send needs a new name in the list. The harness fails if a name of the list is never reached.
 *
 * @module
 */

/** Places outside of commits. Places in commits are named by their changes, see commit_points.ts. */
export const PLACES = [
  // A payer's packet: signed, durable, before it is sent, answered, closed.
  "signer.signed",
  "payer.before_send",
  "payer.sent",
  "payer.answered",
  "payer.closed",
  // A receiver's packet: it waits for its claim, is decided, its effect done, answered.
  "receiver.waits",
  "receiver.before_effect",
  "receiver.after_effect",
  "receiver.before_answer",
  // A connector, before it sends its own packet on the next channel.
  "connector.before_forward",
  // A process, when frames leave it.
  "btp.flushed",
  // The relay's own database and subscribers.
  "relay.before_store",
  "relay.stored",
  "relay.broadcast",
  // A provider's run.
  "skill.before_run",
  "skill.after_run",
  // A blob: complete in its home, stored at the server, before it is fetched, fetched; at the server, complete and booked.
  "blob.kept",
  "blob.uploaded",
  "blob.before_fetch",
  "blob.fetched",
  "blob.server_written",
  "blob.server_stored",
  // A transaction before and after it is broadcast.
  "transaction.signed",
  "transaction.before_broadcast",
  "transaction.broadcast",
  // A Lightning wallet, before it is asked and after its answer.
  "lightning.before_ask",
  "lightning.answered",
  // The audit: a cycle in the log, in git, in the branch, in the working files; a checkpoint of the journal.
  "audit.before_log",
  "audit.log_written",
  "audit.logged",
  "audit.before_import",
  "audit.imported",
  "audit.committed",
  "audit.file_written",
  "audit.before_index",
  "audit.indexed",
  "audit.signed",
] as const;

/** Names of commits: the most important of their changes. */
const COMMITS = [
  "job_created",
  "job_patched",
  "outbox_settled",
  "payer_w1",
  "payer_w2",
  "receiver_w1",
  "receiver_refused",
  "receiver_w2",
  "connector_w1",
  "connector_w2",
  "connector_write_off",
  "signer_ledger",
  "event_seen",
  "cursor",
  "channel",
  "transaction",
  "quarantine",
  "checkpoint",
  "delivery_sealed",
  "delivery_settled",
  "increment_paid",
  "meter_run",
  "meter_turned",
  "invoice_moved",
  "quote_paid",
  "successor_quoted",
  "silent_replaced",
  "jobs_compared",
  "third_compared",
] as const;

/** A commit by name. */
export type CommitName = typeof COMMITS[number];

/** A place in the program. `commit.*.before`: written and not committed. `commit.*.after`: durable, and not yet reported. */
export type CrashPoint = typeof PLACES[number] | `commit.${CommitName}.${"before" | "after"}`;

/** All places. */
export const CRASH_POINTS: readonly CrashPoint[] = [
  ...PLACES,
  ...COMMITS.flatMap((name) => [`commit.${name}.before`, `commit.${name}.after`] as const),
];

let listener: ((point: CrashPoint) => void) | null = null;

/** For a crash harness in its own process: called at every place, and may never return. Null removes it. */
export function onCrashPoint(hears: ((point: CrashPoint) => void) | null): void {
  listener = hears;
}

/** Whether a listener is installed. Otherwise names of places need not be computed. */
export function isHeard(): boolean {
  return listener !== null;
}

/** Reports that the program is at this place. */
export function reached(point: CrashPoint): void {
  if (listener !== null) listener(point);
}
