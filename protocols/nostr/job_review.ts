/**
 * A buyer's review of a job: a NIP-32 label on its provider.
 *
 * ```text
 * kind 1985  ["L", "crosstown.job"] ["l", "success" | "failure", "crosstown.job"] ["p", provider] ["e", request] ["k", kind]
 *            ["receipt", PREIMAGE, QUOTE]      if the job was paid by a quote: the preimage of its condition, hex, and its event, JSON
 * ```
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/32.md
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import {
  asEventId,
  asPubkey,
  type EventId,
  type EventTemplate,
  parseEvent,
  type Pubkey,
} from "./event.ts";
import { EventError } from "./event_error.ts";
import { type Quote, readQuote } from "./job_quote.ts";
import { REVIEW_KIND } from "./kinds.ts";
import type { EventVerifier } from "./verifier.ts";

/** The name under which our labels are found. */
export const REVIEW_NAMESPACE = "crosstown.job";

/** What a buyer says about one job. */
export interface JobReview {
  readonly provider: Pubkey;
  /** The request of the job. */
  readonly requestId: EventId;
  readonly went: "well" | "badly";
  /** Absent if the review has none. */
  readonly receipt?: ReviewReceipt;
}

/** What shows that a job was paid. A reader checks it ({@link provenPayment}). */
export interface ReviewReceipt {
  /** The preimage of the quote's condition, 64 hex digits. Only the provider knew it before it was paid. */
  readonly preimage: string;
  /** The quote's event, signed by the provider, as JSON. */
  readonly quote: string;
}

/** The most characters of a quote in a review. */
const MAX_QUOTE = 8_192;

/** The unsigned event of a review. */
export function reviewTemplate(
  { provider, requestId, went, receipt }: JobReview,
  requestKind: number,
  createdAtS: number,
): EventTemplate {
  const label = went === "well" ? "success" : "failure";
  return {
    kind: REVIEW_KIND,
    created_at: createdAtS,
    tags: [
      ["L", REVIEW_NAMESPACE],
      ["l", label, REVIEW_NAMESPACE],
      ["p", provider],
      ["e", requestId],
      ["k", String(requestKind)],
      ...receipt === undefined ? [] : [["receipt", receipt.preimage, receipt.quote]],
    ],
    content: "",
  };
}

/** A payment that a receipt proves. */
export interface ProvenPayment extends Pick<Quote, "asset" | "chain" | "deadlineS"> {
  /** From 1 to {@link MOST_UNITS}, in base units of the asset. */
  readonly units: bigint;
}

/** No packet of Interledger can pay more. */
const MOST_UNITS = 2n ** 64n - 1n;

/**
 * The payment that a review's receipt proves: its signer paid the provider the quote's price, or of a metered job its first increment. Null
 * if the receipt proves nothing, also if its quote asks for nothing. A reviewer and a provider that work together can make a receipt without
 * a payment, but nobody can make one against a provider that was not paid.
 *
 * @param reviewer Who signed the review
 */
export function provenPayment(
  { provider, requestId, receipt }: JobReview,
  reviewer: string,
  verifier: EventVerifier,
): ProvenPayment | null {
  if (receipt === undefined) return null;
  try {
    const event = parseEvent(JSON.parse(receipt.quote));
    if (event.pubkey !== provider || verifier.verify(event) !== "ok") return null;
    const { mode, condition, buyer, depositUnits, priceUnits, asset, chain, deadlineS, ...quote } =
      readQuote(event);
    const opened = sha256(Uint8Array.fromHex(receipt.preimage)).toHex() === condition;
    if (!opened || quote.requestId !== requestId || buyer !== reviewer) return null;
    const units = mode === "metered" ? depositUnits : priceUnits;
    return units < 1n || units > MOST_UNITS ? null : { units, asset, chain, deadlineS };
  } catch {
    return null; // It is not the event of a quote.
  }
}

/**
 * Reads a verified event. Null if it is no review of one job, or not a clear one.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { asEventId, asPubkey } from "./event.ts";
 * import { readReview, reviewTemplate } from "./job_review.ts";
 *
 * const provider = asPubkey("ab".repeat(32));
 * const review = { provider, requestId: asEventId("cd".repeat(32)), went: "badly" } as const;
 * const event = reviewTemplate(review, 5600, 1);
 * assert.deepEqual(readReview(event), review);
 * const both = { ...event, tags: [...event.tags, ["l", "success", "crosstown.job"]] };
 * assert.equal(readReview(both), null);
 * ```
 */
export function readReview({ kind, tags }: Pick<EventTemplate, "kind" | "tags">): JobReview | null {
  if (kind !== REVIEW_KIND) return null;
  const only = (name: string, namespace?: string): string | null => {
    const found = tags.filter((tag) =>
      tag[0] === name && (namespace === undefined || tag[2] === namespace)
    );
    return found.length === 1 ? found[0][1] ?? null : null;
  };
  const label = only("l", REVIEW_NAMESPACE);
  if (label !== "success" && label !== "failure") return null;
  const receipt = readReceipt(tags);
  try {
    return {
      provider: asPubkey(only("p")),
      requestId: asEventId(only("e")),
      went: label === "success" ? "well" : "badly",
      ...receipt !== null && { receipt },
    };
  } catch (error) {
    if (error instanceof EventError) return null;
    throw error;
  }
}

/** The only receipt. Null if there is none, more than one, or one that cannot be read. */
function readReceipt(tags: readonly (readonly string[])[]): ReviewReceipt | null {
  const [found, another] = tags.filter(([name]) => name === "receipt");
  if (found === undefined || another !== undefined) return null;
  const [, preimage = "", quote = ""] = found;
  if (!/^[0-9a-f]{64}$/.test(preimage) || quote.length > MAX_QUOTE) return null;
  return { preimage, quote };
}
