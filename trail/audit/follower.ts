/**
 * A follower of the journal (the payment log or the repository): its place, its problem, and when it tries again. After a problem it tries
 * every second for five minutes, then less often, at last every five minutes.
 *
 * @module
 */
import type { JournalEntry } from "../../store/journal_row.ts";
import type { AuditTrouble } from "./audit.ts";
import type { JournalPlace } from "./audit_commit.ts";
import type { Log } from "../../base/log/log.ts";
import { AuditError, auditErrorOf } from "./audit_error.ts";

/** What is written: the payment log, or the repository. */
export interface Sink {
  /** Opens it; returns the last entry in it. */
  open(): Promise<JournalPlace | null>;
  /** Makes these entries durable, in order. */
  take(entries: readonly JournalEntry[]): Promise<void>;
  /** Closes it, also after a problem. */
  close(): Promise<void>;
}

/** A follower. See the module. */
export interface Follower {
  readonly name: string;
  /** The last entry in it; 0 for none. */
  readonly seq: number;
  readonly place: JournalPlace | null;
  readonly isOpen: boolean;
  readonly trouble: AuditTrouble | null;
  /** When it tries next; a past time if there is no problem. */
  readonly retryAtMs: number;
  /** How often it failed. */
  readonly failures: number;
  /** Opens it if necessary; returns whether it is open. `check` throws if the journal does not have the place. */
  ready(check: (place: JournalPlace) => Promise<void>): Promise<boolean>;
  /** Gives it those of these entries that it lacks; returns whether it succeeded. */
  take(entries: readonly JournalEntry[]): Promise<boolean>;
  /** Records a failure. */
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
    // Another process committed meanwhile and has finished, so the tip is read again.
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
