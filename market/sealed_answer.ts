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
import type { QuoteRow } from "../store/quote_row.ts";
import type { SealedRow } from "../store/sealed_row.ts";
import { type Quote, readQuote, restUnits } from "../protocols/nostr/job_quote.ts";
import { deliveryKey } from "./quotes/quote_offers.ts";
import { isPrivate } from "../protocols/nostr/private_event.ts";
import { readUsedTokens, type UsedTokens, usedTokensTag } from "../protocols/nostr/token_price.ts";
import { type RespondOptions, resultTemplate } from "./respond.ts";

/** How long after its time limit a buyer may still read its result and pay, in seconds. */
const GRACE_S = 3_600;

/** The quote of a job that is paid on delivery. Null if it is paid in another way. `row`: the job's quote. */
export function onDelivery(row: QuoteRow | null): Quote | null {
  if (row === null) return null;
  const quote = readQuote(parseEvent(decodeDocument(row.quote).event));
  return quote.mode === "on-delivery" ? quote : null;
}

/** The sealed result and the row of its sale. */
export async function sealedAnswer(
  request: NostrEvent,
  outcome: SkillOutcome,
  quote: Quote,
  options: RespondOptions,
  signer: Pick<Signer, "packetFulfilments">,
): Promise<{ readonly result: UnsignedEvent; readonly sale: SealedRow }> {
  const key = await deliveryKey(signer, options.provider, request.id);
  const { condition, deadlineS } = quote;
  const used = statedTokens(request, outcome, quote);
  const rest = restUnits(quote, used);
  const tags = (outcome.tags ?? []).filter(([name]) => used === null || name !== "tokens");
  const sealed = sealResult({ content: outcome.content, tags }, key, {
    salt: crypto.getRandomValues(new Uint8Array(32)),
    nonce: crypto.getRandomValues(new Uint8Array(12)),
  });
  key.fill(0);
  const open = used === null ? sealed.tags : [...sealed.tags, usedTokensTag(used)];
  const result = resultTemplate(request, { ...outcome, ...sealed, tags: open }, {
    ...options,
    amountUnits: rest,
  });
  return {
    result,
    sale: {
      eventId: request.id,
      role: "provider",
      party: request.pubkey,
      condition,
      restUnits: rest,
      result: new TextEncoder().encode(JSON.stringify(result)),
      state: "waiting",
      key: null,
      atMs: options.nowS * 1_000,
      dueAtMs: (Math.max(deadlineS, options.nowS) + GRACE_S) * 1_000,
    },
  };
}

/**
 * The used tokens, which the sealed result states openly, so that its buyer can check the price of the key. Null if the price is not by
 * tokens, or if the request was encrypted: then the result states nothing openly, and the whole price is due.
 */
function statedTokens(
  request: NostrEvent,
  { tags = [] }: SkillOutcome,
  { tokens }: Quote,
): UsedTokens | null {
  return tokens === undefined || isPrivate(request) ? null : readUsedTokens({ tags });
}
