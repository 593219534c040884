/**
 * The part of skillSink for buyers that get a sealed result. If the result is what the quote promised, one commit stores the sale and puts
 * the order of its key into the outbox. prepareSink opens the result after the key was paid.
 *
 * @module
 */
import { parseEvent } from "../protocols/nostr/event.ts";
import { asksPrivately } from "../protocols/nostr/private_job.ts";
import { deliveryOrder, readSealed } from "../protocols/nostr/sealed_result.ts";
import { decodeDocument } from "../protocols/toon/decode.ts";
import { type Quote, readQuote, restUnits } from "../protocols/nostr/job_quote.ts";
import { readAnswer, saysTheSame } from "../protocols/nostr/same_answer.ts";
import { readUsedTokens } from "../protocols/nostr/token_price.ts";
import type { JobRow } from "../store/job_row.ts";
import type { SealedRow } from "../store/sealed_row.ts";
import type { Change, Store } from "../store/store.ts";
import type { SkillDocument } from "./skill_sink_services.ts";

/** Why a sealed result was not accepted. */
type SealedFault =
  | "not_ordered"
  | "other_condition"
  | "other_price"
  | "duplicate"
  | "contradictory";

/** The changes for a sealed result, or why it was not accepted. */
export async function sealedChanges(
  store: Pick<Store, "quoteOf" | "sealedOf">,
  job: JobRow,
  { bytes }: SkillDocument,
  nowMs: number,
): Promise<readonly Change[] | SealedFault> {
  const row = await store.quoteOf(job.eventId);
  const quote = row && readQuote(parseEvent(decodeDocument(row.quote).event));
  if (quote === null || quote.mode !== "on-delivery" || job.provider !== quote.provider) {
    return "not_ordered";
  }
  const event = readAnswer(bytes);
  const { condition } = readSealed(event);
  if (condition !== quote.condition) return "other_condition";
  // Without a price by tokens, the whole rest is due. A result that states no tokens costs the same.
  const rest = restUnits(quote, readUsedTokens(event));
  const asked = event.tags.find(([name]) => name === "amount")?.[1];
  if (asked !== String(rest)) return "other_price";
  const there = await store.sealedOf(job.eventId, "buyer");
  if (there !== null) {
    return saysTheSame(event, there.result) ? "duplicate" : "contradictory";
  }
  return [
    { op: "putSealed", row: saleOf(job, quote, rest, bytes, nowMs) },
    { op: "addOutbox", row: orderOf(job, quote, rest, nowMs) },
  ];
}

function saleOf(
  { eventId }: JobRow,
  { provider, condition, deadlineS }: Quote,
  restUnits: bigint,
  result: Uint8Array,
  atMs: number,
): SealedRow {
  return {
    eventId,
    role: "buyer",
    party: provider,
    condition,
    restUnits,
    result,
    state: "waiting",
    key: null,
    atMs,
    dueAtMs: deadlineS * 1_000,
  };
}

/** The order of the key. Its amount is what must arrive; the sink adds the hops' fees. */
function orderOf(
  { jobId, buyer, eventId, request }: JobRow,
  quote: Quote,
  amountUnits: bigint,
  atMs: number,
): Extract<Change, { op: "addOutbox" }>["row"] {
  const order = deliveryOrder(
    {
      requestId: eventId,
      provider: quote.provider,
      condition: quote.condition,
    },
    Math.floor(atMs / 1_000),
    { isPrivate: asksPrivately(request) },
  );
  return {
    jobId,
    purpose: "job",
    event: new TextEncoder().encode(JSON.stringify({ ...order, pubkey: buyer })),
    destination: quote.ilpAddress,
    terminalPubkey: quote.provider,
    amountUnits,
    createdAtMs: atMs,
  };
}
