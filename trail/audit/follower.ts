/**
 * One thing that follows the journal: where it is, whether it can go on, and when it is tried again. Trouble is tried again every second
 * for five minutes, then less and less often, up to every five minutes.
 *
 * @module
 */
import type { JournalEntry } from "../../store/journal_row.ts";
import type { AuditTrouble } from "./audit.ts";
import type { JournalPlace } from "./audit_commit.ts";
import type { Log } from "../../base/log/log.ts";
import { AuditError, auditErrorOf } from "./audit_error.ts";

/** What follows: the payment log, or the repository. */
export interface Sink {
  /** Makes it ready; gives the last entry that it holds. */
  open(): Promise<JournalPlace | null>;
  /** Makes these entries durable, in order. */
  take(entries: readonly JournalEntry[]): Promise<void>;
  /** Lets go, after trouble too. */
  close(): Promise<void>;
}

/** See the module. */
export interface Follower {
  readonly name: string;
  /** The last entry that it holds; 0 for none. */
  readonly seq: number;
  readonly place: JournalPlace | null;
  readonly isOpen: boolean;
  readonly trouble: AuditTrouble | null;
  /** When it is tried next; in the past while all is well. */
  readonly retryAtMs: number;
  /** How often it could not go on. */
  readonly failures: number;
  /** Opens it where it is not; whether it is. `check` refuses a place that the journal does not know. */
  ready(check: (place: JournalPlace) => Promise<void>): Promise<boolean>;
  /** Gives it those of these entries that it lacks; whether it took them. */
  take(entries: readonly JournalEntry[]): Promise<boolean>;
  /** Says that it cannot go on. */
  fail(error: unknown): Promise<void>;
  close(): Promise<void>;
}

const RETRY_MS = 1_000;
const PATIENCE_MS = 300_000;
const MAX_RETRY_MS = 300_000;

/** Makes a follower of a sink. */
export function createFollower(
  name: string,
  sink: Sink,
  context: {
    readonly clock: () => number;
    readonly log: Log;
  },
): Follower {
  const { clock, log } = context;
  let place: JournalPlace | null = null;
  let isOpen = false;
  let trouble: AuditTrouble | null = null;
  let retryAtMs = 0;
  let intervalMs = RETRY_MS;
  let failures = 0;

  async function fail(cause: unknown): Promise<void> {
    const { code, message } = auditErrorOf(cause);
    failures++;
    isOpen = false;
    await sink.close().catch(() => undefined);
    const nowMs = clock();
    // Whoever committed meanwhile is done: the tip is read again.
    if (code === "moved" && trouble === null) return;
    if (trouble?.code !== code) log("warn", `${name} cannot be written`, { code, reason: message });
    trouble = { code, message, sinceMs: trouble?.sinceMs ?? nowMs };
    const long = nowMs - trouble.sinceMs > PATIENCE_MS;
    intervalMs = long ? Math.min(intervalMs * 2, MAX_RETRY_MS) : RETRY_MS;
    retryAtMs = nowMs + intervalMs;
  }

  function well(): void {
    if (trouble === null) return;
    log("info", `${name} is written again`, { after_ms: clock() - trouble.sinceMs });
    trouble = null;
    intervalMs = RETRY_MS;
  }

  return {
    name,
    get seq() {
      return place?.seq ?? 0;
    },
    get place() {
      return place;
    },
    get isOpen() {
      return isOpen;
    },
    get trouble() {
      return trouble;
    },
    get retryAtMs() {
      return trouble === null ? 0 : retryAtMs;
    },
    get failures() {
      return failures;
    },
    async ready(check) {
      if (isOpen) return true;
      try {
        place = await sink.open();
        if (place !== null) await check(place);
        // Whether it can be written is known by the next entry, or when there is none.
        isOpen = true;
        return true;
      } catch (error) {
        await fail(error);
        return false;
      }
    },
    async take(entries) {
      const lacked = entries.filter(({ seq }) => seq > (place?.seq ?? 0));
      if (lacked.length === 0) {
        well();
        return true;
      }
      try {
        let before = place;
        for (const entry of lacked) {
          if (before !== null && entry.seq === before.seq + 1 && entry.prev !== before.hash) {
            throw new AuditError("forked", `journal entry ${entry.seq} does not follow ${name}'s`);
          }
          before = entry;
        }
        const [first] = lacked;
        if (first.seq > (place?.seq ?? 0) + 1) {
          log("warn", `the journal begins after the end of ${name}`, {
            from: place?.seq ?? 0,
            to: first.seq,
          });
        }
        await sink.take(lacked);
        const { seq, hash } = lacked.at(-1)!;
        place = { seq, hash };
        well();
        return true;
      } catch (error) {
        await fail(error);
        return false;
      }
    },
    fail,
    close: () => sink.close(),
  };
}
