/**
 * Answers SPSP requests, on the payee's side. It states where it is paid and how it settles, and does nothing else: it opens no channel and
 * reserves nothing for the payer, so questions cost nothing.
 *
 * Held: the ids of the last 1,024 answered requests. A repeated request gets no second answer. At most 8 requests are answered at once, and
 * then 2 in a second.
 *
 * @see docs/terms.md#spsp-over-nostr-kinds-23194-and-23195
 * @module
 */
import { SPSP_REQUEST_KIND } from "../../protocols/nostr/kinds.ts";
import { asPubkey, type NostrEvent, type VerifiedEvent } from "../../protocols/nostr/event.ts";
import type { SettlementMaps } from "../../protocols/nostr/settlement_maps.ts";
import {
  formatSpspResponse,
  parseSpspRequest,
  type SpspRequest,
  spspResponseTemplate,
} from "../../protocols/nostr/spsp.ts";
import type { Signer } from "../../money/signer/signer.ts";
import { RateLimit } from "../../base/rate_limit.ts";

/** What answers need. */
interface SpspResponderOptions {
  readonly signer: Pick<Signer, "identity" | "signEvents" | "encrypt" | "decrypt">;
  /** This program's ILP address. */
  readonly ilpAddress: string;
  /** The chains, tokens and addresses with which it settles. */
  readonly settlement: SettlementMaps;
  /** The time between close and settlement of a channel that the payer opens, in seconds. */
  readonly settlementTimeoutS: number;
  readonly clock: () => number;
  readonly uuid: () => string;
  /** Makes random bytes. */
  readonly random: (bytes: number) => Uint8Array;
}

const MAX_AGE_S = 60;
const MAX_KEPT = 1_024;

/**
 * The signed answer to a verified event. Null if the event gets none, because it is of another kind, is not for this key, is too old, was
 * already answered, exceeds the rate, cannot be decrypted, is a NIP-47 request or cannot be read.
 */
export type SpspResponder = (event: VerifiedEvent) => Promise<NostrEvent | null>;

/** Makes a responder. */
export function spspResponder(options: SpspResponderOptions): SpspResponder {
  const { signer, clock, settlement } = options;
  const answered = new Set<string>();
  const rate = new RateLimit(8, 2);
  return async (event) => {
    if (event.kind !== SPSP_REQUEST_KIND) return null;
    const { pubkey } = await signer.identity();
    const addressed = event.tags.filter((tag) => tag[0] === "p");
    if (addressed.length !== 1 || addressed[0][1] !== pubkey) return null;
    const nowMs = clock();
    const nowS = Math.floor(nowMs / 1_000);
    if (Math.abs(nowS - event.created_at) > MAX_AGE_S || answered.has(event.id)) return null;
    if (!rate.take(nowMs)) return null;
    remember(answered, event.id);
    const request = await readRequest(signer, event);
    if (request === null) return null;
    const chain = sharedChain(request, settlement);
    const on = (map: Readonly<Record<string, string>>) =>
      chain !== null && Object.hasOwn(map, chain) ? map[chain] : null;
    const text = formatSpspResponse({
      requestId: request.requestId,
      destinationAccount: `${options.ilpAddress}.spsp.${options.uuid()}`,
      negotiatedChain: chain,
      settlementAddress: on(settlement.settlementAddresses),
      tokenAddress: on(settlement.preferredTokens),
      tokenNetworkAddress: on(settlement.tokenNetworks),
      channelId: null,
      settlementTimeoutS: chain === null ? null : options.settlementTimeoutS,
    }, options.random(32));
    const content = await signer.encrypt(event.pubkey, text);
    const [answer] = await signer.signEvents([{
      ...spspResponseTemplate(event, content, nowS),
      pubkey: asPubkey(pubkey),
    }]);
    return answer;
  };
}

async function readRequest(
  signer: Pick<Signer, "decrypt">,
  event: NostrEvent,
): Promise<SpspRequest | null> {
  try {
    return parseSpspRequest(await signer.decrypt(event.pubkey, event.content));
  } catch {
    return null; // NIP-47, NIP-04, or nothing at all.
  }
}

/**
 * The chain on which both parties settle. Among shared chains, in the requester's order, the first is taken on which the requester prefers
 * a token, otherwise the first on which this home does, otherwise the first. Null if they share none.
 */
export function sharedChain(asked: SettlementMaps, ours: SettlementMaps): string | null {
  const shared = asked.supportedChains.filter((chain) => ours.supportedChains.includes(chain));
  return shared.find((chain) => Object.hasOwn(asked.preferredTokens, chain)) ??
    shared.find((chain) => Object.hasOwn(ours.preferredTokens, chain)) ??
    shared[0] ?? null;
}

function remember(kept: Set<string>, id: string): void {
  kept.add(id);
  if (kept.size <= MAX_KEPT) return;
  const [oldest] = kept;
  kept.delete(oldest);
}
