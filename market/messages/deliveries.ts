/**
 * Private messages that relays of their readers do not have yet: they are kept before the first try, and tried again with growing pauses. The
 * gift wrap stays the same, so a relay that has it already takes it as a duplicate, and no reader gets two messages.
 *
 * @module
 */
import type { Change, Store } from "../../store/store.ts";
import type { UndeliveredRow } from "../../store/undelivered_row.ts";
import type { CopyAnswer, RelayCopies } from "../relay_copies.ts";

/** Pauses after each try, in milliseconds. The seventh try, a day and a half after the first one, is the last. */
export const PAUSES_MS: readonly number[] = [
  60_000,
  5 * 60_000,
  30 * 60_000,
  2 * 3_600_000,
  8 * 3_600_000,
  24 * 3_600_000,
];
/** No message is tried after this time, also if nothing ran meanwhile. */
export const MOST_AGE_MS = 2 * 86_400_000;
/** The most messages that are tried at once. */
const MOST_AT_ONCE = 8;

/** Refusals that may pass (NIP-01). */
const PASSING = /^(?:rate-limited|error):/;

/** What it needs. */
interface DeliveryParts {
  readonly store: Pick<Store, "commit" | "undelivered">;
  readonly relayCopies: RelayCopies;
}

/** The rows of a message that is about to be tried for the first time. If the process ends during the try, the next one tries again. */
export function firstRows(
  { messageId, reader, event, relayUrls }: {
    readonly messageId: string;
    readonly reader: string;
    readonly event: Uint8Array;
    readonly relayUrls: readonly string[];
  },
  nowMs: number,
): UndeliveredRow[] {
  const kept = { messageId, reader, event, state: "waiting", tries: 0, reason: null } as const;
  return relayUrls.map((relayUrl) => ({
    ...kept,
    relayUrl,
    nextAtMs: nowMs + PAUSES_MS[0],
    atMs: nowMs,
  }));
}

/** What a try changes. A refusal that does not pass ends the tries. */
export function afterTry(row: UndeliveredRow, answer: CopyAnswer, nowMs: number): Change {
  const { messageId, relayUrl } = row;
  if (answer.state === "accepted") return { op: "dropUndelivered", messageId, relayUrl };
  const tries = row.tries + 1;
  const { reason } = answer;
  const pauseMs = PAUSES_MS[tries - 1];
  const nextAtMs = nowMs + (pauseMs ?? 0);
  const isOver = pauseMs === undefined || nextAtMs - row.atMs > MOST_AGE_MS ||
    answer.state === "refused" && !PASSING.test(reason ?? "");
  return {
    op: "putUndelivered",
    row: isOver
      ? { ...row, tries, reason, state: "given_up", event: new Uint8Array(0) }
      : { ...row, tries, reason, nextAtMs },
  };
}

/** Tries what is due, at most 8 messages. Returns how many were tried. */
export async function deliverDue(
  { store, relayCopies }: DeliveryParts,
  clock: () => number,
): Promise<number> {
  const due = await store.undelivered(clock(), MOST_AT_ONCE);
  await Promise.all(due.map(async (row) => {
    if (clock() - row.atMs > MOST_AGE_MS) {
      const { tries, reason } = row;
      const late = { ...row, state: "given_up", event: new Uint8Array(0) } as const;
      await store.commit([{ op: "putUndelivered", row: { ...late, tries, reason } }]);
      return;
    }
    const [answer] = await relayCopies.write([row.relayUrl], [row.event]);
    await store.commit([afterTry(row, answer, clock())]);
  }));
  return due.length;
}
