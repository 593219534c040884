/**
 * The meter of a job that is paid while it runs: by run time or by output. The first increment is paid with the request. A later increment
 * is due when the run has used all that was paid. Meanwhile the run continues for one more increment, so neither side risks more than one
 * increment. Pure.
 *
 * By run time, the buyer cannot count: it pays when its own clock allows it and the provider says that the increment is due. By output, the
 * buyer counts the bytes that it received.
 *
 * @see docs/money.md#metered
 * @module
 */

/** The code for an increment that is not due yet. The buyer asks again soon, always after the same wait. */
export const NOT_DUE = "not_due";

/** The code of a provider that stopped a job because its next increment was not paid. */
export const INCREMENT_UNPAID = "increment_unpaid";
/** The code of a provider that ended a job because its buyer paused it for too long. */
export const PAUSED_TOO_LONG = "paused_too_long";
/** The buyer's own code: a provider said one of these two, and the buyer's meter shows that it cannot be true. */
export const FALSE_CLAIM = "false_claim";
/** The buyer's own code: a provider said {@link INCREMENT_UNPAID} of output that the buyer has not received. */
export const UNPAID_UNSEEN = "unpaid_unseen";

/** Ends of a paid job without a result that are held against nobody: the buyer caused them, or it is not known who did. */
export const HELD_AGAINST_NOBODY = [
  INCREMENT_UNPAID,
  PAUSED_TOO_LONG,
  UNPAID_UNSEEN,
] as const;

/** Whether a job that ended with this code says nothing about its provider. */
export function isHeldAgainstNobody(code: string | null): boolean {
  return (HELD_AGAINST_NOBODY as readonly (string | null)[]).includes(code);
}

/** What one increment buys: so many seconds of run time, or so many KiB of output. It can be cloned (structured clone). */
export interface Increment {
  readonly unit: "second" | "kib";
  readonly size: number;
}

/** The longest run time of a job, in seconds, and so of an increment. */
const MAX_INCREMENT_S = 86_400;
/** The most output of an increment, in KiB. The buyer fetches it, at 16 KiB a packet. */
const MAX_INCREMENT_KIB = 256;
/** The most output of a job that is paid by output, in bytes. Its live log holds it three times, because a run may start again. */
const MAX_OUTPUT_BYTES = 1 << 20;
const KIB = 1_024;

/** The increment as one word of a tag: `15` (seconds) or `4KiB`. A program that knows only seconds cannot read the second form. */
export function incrementText({ unit, size }: Increment): string {
  return unit === "kib" ? `${size}KiB` : String(size);
}

/** Reads {@link incrementText}; null if it is something else. */
export function parseIncrement(text: string | undefined): Increment | null {
  const [, digits, kib] = /^([1-9][0-9]{0,4})(KiB)?$/.exec(text ?? "") ?? [];
  if (digits === undefined) return null;
  const size = Number(digits);
  if (size > (kib === undefined ? MAX_INCREMENT_S : MAX_INCREMENT_KIB)) return null;
  return { unit: kib === undefined ? "second" : "kib", size };
}

/** The increment in words: `15 s` or `4 KiB`. */
export function incrementWords({ unit, size }: Increment): string {
  return unit === "kib" ? `${size} KiB` : `${size} s`;
}

/** The most increments of a job: as many as fit into its time, and the one that runs then; of output, as much as its log holds. */
export function mostOf({ unit, size }: Increment, leftS: number): number {
  if (unit === "kib") return Math.ceil(MAX_OUTPUT_BYTES / (size * KIB));
  return Math.max(0, Math.floor(leftS / size)) + 1;
}

/** The number of increments that output takes. At least 1. */
export function begunByOutput(outputBytes: number, kib: number): number {
  return Math.max(1, Math.ceil(outputBytes / (kib * KIB)));
}

/** The number of increments that a run has begun, as its provider counts: by run time, or by output (`kib` above 0). At least 1. */
export function owedIncrements(
  { seconds, kib, usedMs, usedBytes }: {
    readonly seconds: number;
    readonly kib: number;
    readonly usedMs: number;
    readonly usedBytes: number;
  },
): number {
  return kib > 0 ? begunByOutput(usedBytes, kib) : begunIncrements(usedMs, seconds);
}

/** Whether the buyer owes another increment: it has received more output than it paid for. */
export function isOwedByOutput(receivedBytes: number, paid: number, kib: number): boolean {
  return receivedBytes > paid * kib * KIB;
}

/** The output, in bytes, up to which the provider sends with these paid increments: that of one more increment than was paid. */
export function sendsUntilBytes(paid: number, kib: number): number {
  return (paid + 1) * kib * KIB;
}

/** The buyer's own payments for a job. */
interface Paid {
  /** The run time of an increment, in seconds. */
  readonly seconds: number;
  /** The number of paid increments. */
  readonly paid: number;
  /** When the buyer booked the first increment. */
  readonly sinceMs: number;
  /** When the buyer booked the last increment. */
  readonly paidAtMs: number;
}

/** The number of increments that a run has started, and so owes if it ends now. At least 1. */
export function begunIncrements(usedMs: number, seconds: number): number {
  return Math.floor(Math.max(0, usedMs) / (seconds * 1_000)) + 1;
}

/** The run time, in milliseconds, up to which a run continues with these paid increments: that of one more increment than was paid. */
export function runsUntilMs(paid: number, seconds: number): number {
  return (paid + 1) * seconds * 1_000;
}

/**
 * The earliest time, by the buyer's clock, at which the buyer pays the next increment if the provider says that it is due. After the first
 * increment, the buyer pays at most one more for each increment's time that has passed, and never two within half of that time. So a
 * provider that lies about its meter does not earn faster.
 */
export function paysFromMs({ seconds, paid, sinceMs, paidAtMs }: Paid): number {
  const incrementMs = seconds * 1_000;
  return Math.max(sinceMs + paid * incrementMs, paidAtMs + incrementMs / 2);
}

/** The number of increments that a total pays, at most `most`. */
export function coveredIncrements(
  totalUnits: bigint,
  incrementUnits: bigint,
  most: number,
): number {
  if (incrementUnits <= 0n || totalUnits < incrementUnits) return 0;
  const covered = totalUnits / incrementUnits;
  return covered < BigInt(most) ? Number(covered) : most;
}
