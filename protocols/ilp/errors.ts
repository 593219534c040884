/**
 * Every ILP error code: its name, its meaning and whether to retry. Only this table decides it.
 *
 * @see https://interledger.org/developers/rfcs/interledger-protocol/#error-codes
 * @module
 */

/**
 * What a sender does after a REJECT with this code.
 * - `final`: nothing, because the same payment would be refused again.
 * - `again`: a new packet with the same terms, after a pause.
 * - `rebuild`: a new packet with a new expiry, after a pause.
 * - `own_price`: a new packet only if the price that we compute ourselves is above the refused amount. The price that the refusal states is
 *   never paid.
 */
type RetryRule = "final" | "again" | "rebuild" | "own_price";

/** One row of the table. */
interface IlpErrorEntry {
  /** The code on the wire, for example `F04`. */
  readonly code: string;
  /** The name in the RFC. */
  readonly name: string;
  /** `final`, `temporary` or `relative`, by the first letter (F, T, R); `unknown` for any other letter. */
  readonly class: "final" | "temporary" | "relative" | "unknown";
  /** One line for people. */
  readonly meaning: string;
  /** Whether and how to retry. */
  readonly retry: RetryRule;
}

/** The most retries after the first attempt. */
export const MAX_RETRIES = 3;
/** The pauses before the first, second and third retry. */
export const RETRY_DELAYS_MS: readonly number[] = [100, 200, 400];

const TABLE: readonly IlpErrorEntry[] = [
  final("F00", "Bad Request", "the request was wrong, and no other code describes the error"),
  final("F01", "Invalid Packet", "the packet could not be read"),
  final("F02", "Unreachable", "there is no route to the destination"),
  final("F03", "Invalid Amount", "the amount is not acceptable"),
  final(
    "F04",
    "Insufficient Destination Amount",
    "too little arrived at the destination",
    "own_price",
  ),
  final("F05", "Wrong Condition", "the receiver cannot open this condition"),
  final("F06", "Unexpected Payment", "the payment or its claim was not accepted"),
  final("F07", "Cannot Receive", "the receiver cannot take this payment"),
  final("F08", "Amount Too Large", "the amount is more than a hop carries in one packet"),
  final("F99", "Application Error", "the application at the destination refused"),
  temporary("T00", "Internal Error", "a hop failed"),
  temporary("T01", "Peer Unreachable", "the next hop could not be reached"),
  temporary("T02", "Peer Busy", "the next hop is busy"),
  temporary("T03", "Connector Busy", "a connector is busy"),
  temporary("T04", "Insufficient Liquidity", "a hop lacks credit or liquidity"),
  temporary("T05", "Rate Limited", "too many packets in a short time"),
  temporary("T99", "Application Error", "the application at the destination asks to try later"),
  relative("R00", "Transfer Timed Out", "the packet expired on its way"),
  relative(
    "R01",
    "Insufficient Source Amount",
    "too little was sent for what must arrive",
    "own_price",
  ),
  relative("R02", "Insufficient Timeout", "the expiry leaves a hop too little time"),
  relative("R99", "Application Error", "the sender must change the packet"),
];

const BY_CODE: ReadonlyMap<string, IlpErrorEntry> = new Map(
  TABLE.map((entry) => [entry.code, entry]),
);

/**
 * The meaning of a code. For a code that the RFC does not list, the first letter decides: F final, T again, R rebuild. Any other letter is
 * final, because money is not sent again if the meaning is unknown.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { ilpError } from "./errors.ts";
 *
 * assert.equal(ilpError("R00").retry, "rebuild");
 * assert.equal(ilpError("T77").retry, "again");
 * assert.equal(ilpError("???").retry, "final");
 * ```
 */
export function ilpError(code: string): IlpErrorEntry {
  const known = BY_CODE.get(code);
  if (known !== undefined) return known;
  const name = "Unlisted Error";
  switch (code[0]) {
    case "F":
      return final(code, name, "a final error that the RFC does not list");
    case "T":
      return temporary(code, name, "a temporary error that the RFC does not list");
    case "R":
      return relative(code, name, "a relative error that the RFC does not list");
    default:
      return { ...final(code, name, "a code of an unknown class"), class: "unknown" };
  }
}

/** What to do after a REJECT: nothing, or a new packet after a pause. */
type RetryDecision =
  | { readonly retry: "final" }
  | { readonly retry: Exclude<RetryRule, "final">; readonly delayMs: number };

/**
 * The retry rule of `code` after `retriesSoFar` retries: after three it is `final`. The caller makes the pause, and for `own_price`
 * compares the amount with its own price. With `ofClaim`, only the claim that came with the packet was refused, so the code says nothing
 * about the payment, and a new packet is tried.
 */
export function retryDecision(
  code: string,
  retriesSoFar: number,
  ofClaim = false,
): RetryDecision {
  const retry = ofClaim ? "again" : ilpError(code).retry;
  const delayMs = RETRY_DELAYS_MS[retriesSoFar];
  if (retry === "final" || retriesSoFar >= MAX_RETRIES || delayMs === undefined) {
    return { retry: "final" };
  }
  return { retry, delayMs };
}

function final(
  code: string,
  name: string,
  meaning: string,
  retry: RetryRule = "final",
): IlpErrorEntry {
  return { code, name, class: "final", meaning, retry };
}

function temporary(code: string, name: string, meaning: string): IlpErrorEntry {
  return { code, name, class: "temporary", meaning, retry: "again" };
}

function relative(
  code: string,
  name: string,
  meaning: string,
  retry: RetryRule = "rebuild",
): IlpErrorEntry {
  return { code, name, class: "relative", meaning, retry };
}
