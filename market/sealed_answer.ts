/**
 * The provider's side of a job that is paid on delivery: seals the result under the key that the quote named, and makes the row of the
 * key's sale.
 *
 * @module
 */
import type { NostrEvent, UnsignedEvent } from "../protocols/nostr/event.ts";
import { parseEvent } from "../protocols/nostr/event.ts";
import { sealResult } from "../protocols/nostr/sealed_result.ts";
import { decodeDocument } from "../protocols/toon/decode.ts";
import type { Signer } from "../money/signer/signer.ts";
import type { SkillOutcome } from "../skills/skill.ts";
import type { JobRow } from "../store/job_row.ts";
import type { SealedRow } from "../store/sealed_row.ts";
import type { Store } from "../store/store.ts";
import { type Quote, readQuote } from "../protocols/nostr/job_quote.ts";
import { deliveryKey } from "./quotes/quoting.ts";
import { type RespondOptions, resultTemplate } from "./respond.ts";

/** How long after its time limit a buyer may still read its result and pay, in seconds. */
const GRACE_S = 3_600;

/** The quote of a job that is paid on delivery. Null if it is paid in another way. */
export async function quotedOnDelivery(
  store: Pick<Store, "quoteOf">,
  { eventId }: Pick<JobRow, "eventId">,
): Promise<Quote | null> {
  const row = await store.quoteOf(eventId);
  if (row === null) return null;
  const quote = readQuote(parseEvent(decodeDocument(row.quote).event));
  return quote.mode === "on-delivery" ? quote : null;
}

/** The sealed result and the row of its sale. */
export async function sealedAnswer(
  request: NostrEvent,
  outcome: SkillOutcome,
  { priceUnits, depositUnits, condition, deadlineS }: Quote,
  options: RespondOptions,
  signer: Pick<Signer, "packetFulfilments">,
): Promise<{ readonly result: UnsignedEvent; readonly sale: SealedRow }> {
  const key = await deliveryKey(signer, options.provider, request.id);
  const restUnits = priceUnits - depositUnits;
  const sealed = sealResult({ content: outcome.content, tags: outcome.tags ?? [] }, key, {
    salt: crypto.getRandomValues(new Uint8Array(32)),
    nonce: crypto.getRandomValues(new Uint8Array(12)),
  });
  key.fill(0);
  const result = resultTemplate(request, { ...outcome, ...sealed }, {
    ...options,
    amountUnits: restUnits,
  });
  return {
    result,
    sale: {
      eventId: request.id,
      role: "provider",
      party: request.pubkey,
      condition,
      restUnits,
      result: new TextEncoder().encode(JSON.stringify(result)),
      state: "waiting",
      key: null,
      atMs: options.nowS * 1_000,
      dueAtMs: (Math.max(deadlineS, options.nowS) + GRACE_S) * 1_000,
    },
  };
}
