/**
 * The places at which a process may die and must lose nothing: before and after each durable write, before and after each send.
 * The program only names them. A crash harness that runs parts of it in a process of its own installs itself here and kills that
 * process; nothing else can: no variable, flag or file reaches this.
 *
 * A new write or send is a new name in the list, and the harness fails when a name of the list is never reached.
 *
 * @module
 */

/** Named places outside of commits. Commits have theirs by what they change, see commit_points.ts. */
export const PLACES = [
  // A payer's packet: signed, durable, on its way, answered, closed.
  "signer.signed",
  "payer.before_send",
  "payer.sent",
  "payer.answered",
  "payer.closed",
  // A receiver's packet: decided, its effect done, answered.
  "receiver.before_effect",
  "receiver.after_effect",
  "receiver.before_answer",
  // A connector's: before its own packet on the next channel.
  "connector.before_forward",
  // Frames as they leave the process.
  "btp.flushed",
  // The relay's own database, and who listens there.
  "relay.before_store",
  "relay.stored",
  "relay.broadcast",
  // A provider's run.
  "skill.before_run",
  "skill.after_run",
  // A transaction on its way to the chain.
  "transaction.signed",
  "transaction.before_broadcast",
  "transaction.broadcast",
  // The audit: a cycle in the log, in git, in the branch, in the working files; a signed place of the journal.
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

/** What a commit is named by: the most telling of its changes. */
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
] as const;

/** A commit by name. */
export type CommitName = typeof COMMITS[number];

/** A place in the program. `commit.*.before`: written and not committed. `commit.*.after`: durable, and nobody was told. */
export type CrashPoint = typeof PLACES[number] | `commit.${CommitName}.${"before" | "after"}`;

/** Every place there is. */
export const CRASH_POINTS: readonly CrashPoint[] = [
  ...PLACES,
  ...COMMITS.flatMap((name) => [`commit.${name}.before`, `commit.${name}.after`] as const),
];

let listener: ((point: CrashPoint) => void) | null = null;

/** For a crash harness, in its own process: hears of every place, and may not return. Null ends it. */
export function onCrashPoint(hears: ((point: CrashPoint) => void) | null): void {
  listener = hears;
}

/** Whether anybody hears: what only names a place need not be computed otherwise. */
export function isHeard(): boolean {
  return listener !== null;
}

/** The program is at this place. */
export function reached(point: CrashPoint): void {
  if (listener !== null) listener(point);
}
