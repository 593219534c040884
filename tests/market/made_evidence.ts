/** Evidence of jobs that nobody ran, signed with keys of the test. */
import { sha256 } from "@noble/hashes/sha2.js";
import { checkEvidence } from "../../market/check_evidence.ts";
import type { Comparator } from "../../store/verification_row.ts";
import { answersEvidence } from "../../market/evidence.ts";
import type { NostrEvent, UnsignedEvent } from "../../protocols/nostr/event.ts";
import { eventId } from "../../protocols/nostr/event_id.ts";
import { quoteEvent } from "../../protocols/nostr/job_quote.ts";
import { publicKeyOf, signEvent } from "../../protocols/nostr/sign.ts";
import { asEventId } from "../../protocols/nostr/event.ts";

export const NOW_S = 1_770_000_000;
export const RECEIPT = new Uint8Array(32).fill(9);
export const key = (at: number) => new Uint8Array(32).fill(20 + at);
export const BUYER = publicKeyOf(key(9));
export const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
export const sign = (event: UnsignedEvent, at: number) =>
  signEvent(event, key(at), new Uint8Array(32));

export const requestTo = (at: number, input = "x"): UnsignedEvent => ({
  kind: 5600,
  pubkey: BUYER,
  created_at: NOW_S + at,
  content: "",
  tags: [["i", input, "text"], ["expiration", String(NOW_S + at)], ["p", publicKeyOf(key(at))]],
});
export const resultOf = (request: UnsignedEvent, at: number, content: string): NostrEvent =>
  sign({
    kind: 6600,
    pubkey: publicKeyOf(key(at)),
    created_at: NOW_S + 5,
    content,
    tags: [["e", eventId(request)], ["p", BUYER]],
  }, at);
export const quoteOf = (
  request: UnsignedEvent,
  at: number,
  mode: "upfront" | "on-delivery" = "upfront",
) =>
  sign(
    quoteEvent({
      requestId: asEventId(eventId(request)),
      buyer: BUYER,
      provider: publicKeyOf(key(at)),
      content: "a".repeat(64),
      priceUnits: 700n,
      depositUnits: mode === "upfront" ? 700n : 200n,
      asset: { code: "M2M", scale: 6 },
      chain: { chainId: 31337, tokenNetworkAddress: "" },
      mode,
      ilpAddress: "test.dev.provider",
      condition: sha256(RECEIPT).toHex(),
      validUntilS: NOW_S + 60,
      deadlineS: NOW_S + 600,
    }, NOW_S),
    at,
  );

/** Evidence of the answers of three providers; `-` means no answer. */
export function evidence(answers: string, compare: Comparator = "kind") {
  const judge = compare === "skill" ? { skill: "even", sha256: "e".repeat(64) } : null;
  return answersEvidence(
    { needed: 2, count: answers.length, compare, judge },
    [...answers].map((answer, at) => {
      const request = requestTo(at);
      return {
        request: bytesOf(request),
        result: answer === "-" ? null : bytesOf(resultOf(request, at, answer)),
        quote: bytesOf(quoteOf(request, at)),
        receipt: RECEIPT.toHex(),
      };
    }),
  );
}
export const check = (value: unknown) => checkEvidence(bytesOf(value));
// deno-lint-ignore no-explicit-any -- As a file holds it.
export const copyOf = (value: unknown): any => JSON.parse(JSON.stringify(value));
