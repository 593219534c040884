/**
 * Asks one pinned peer for its terms by SPSP: by ILP first (30 s, one retry), then over the relay (10 s).
 *
 * Held: one open request. The first acceptable answer ends the question. An answer is acceptable if the pinned key signed it, it names this
 * home's key (`p`) and this request (`e`), it can be decrypted, it repeats the request's id, and it arrives in time. All other documents of
 * these kinds (a stranger's, NIP-47, or one that cannot be decrypted) are ignored. At most 64 documents are examined in each try.
 *
 * @see docs/terms.md#spsp-over-nostr-kinds-23194-and-23195
 * @module
 */
import { SPSP_RESPONSE_KIND } from "../../protocols/nostr/kinds.ts";
import { asPubkey, type NostrEvent, parseEvent, type Pubkey } from "../../protocols/nostr/event.ts";
import {
  formatSpspRequest,
  parseSpspResponse,
  type SpspRequest,
  spspRequestTemplate,
  type SpspResponse,
} from "../../protocols/nostr/spsp.ts";
import { chainNamed } from "../../protocols/evm/chain_string.ts";
import type { EventVerifier } from "../../protocols/nostr/verifier.ts";
import { decodeDocument } from "../../protocols/toon/decode.ts";
import type { Signer } from "../../money/signer/signer.ts";
import type { Timers } from "../../base/timers.ts";
import { type OfferedTerms, TermsError } from "./terms.ts";

/** The ways to reach a peer. Null for a way that does not exist. */
export interface SpspWays {
  /** Sends the event in a packet of amount 0 to the peer's ILP address. Returns the data of its FULFILL. */
  readonly byIlp: ((request: NostrEvent, signal: AbortSignal) => Promise<Uint8Array>) | null;
  /**
   * Publishes the event and returns the events of kind 23195 that then arrive for this home's key. It subscribes before it publishes, and
   * ends when the signal is aborted.
   */
  readonly byRelay:
    | ((request: NostrEvent, signal: AbortSignal) => AsyncIterable<Uint8Array>)
    | null;
}

/** What a question needs. */
export interface SpspQuestion {
  readonly signer: Pick<Signer, "identity" | "signEvents" | "encrypt" | "decrypt">;
  /** The pinned key. Only its answer counts. */
  readonly peerPubkey: string;
  /** The profile's chain. Addresses on other chains are ignored. */
  readonly chainId: number;
  /** What this home offers. Empty fields are not stated. */
  readonly offer: Omit<SpspRequest, "requestId" | "timestampS">;
  readonly ways: SpspWays;
  readonly verifier: EventVerifier;
  readonly clock: () => number;
  /** Makes a new UUID. */
  readonly uuid: () => string;
  readonly timers: Timers;
  readonly signal?: AbortSignal;
}

/** An acceptable answer. */
export interface SpspAnswer {
  readonly response: SpspResponse;
  /** The same answer as terms. */
  readonly offer: OfferedTerms;
  readonly way: "ilp" | "relay";
}

const ILP_TRY_MS = 30_000;
const ILP_TRIES = 2;
const RELAY_MS = 10_000;
const SKEW_S = 60;
const MAX_LOOKED_AT = 64;
const MAX_DOCUMENT_BYTES = 131_072;

/**
 * Asks for terms.
 *
 * @throws {TermsError} `no_answer`, naming what was tried; the signer's own errors
 */
export async function askBySpsp(question: SpspQuestion): Promise<SpspAnswer> {
  const { signer, clock, ways } = question;
  const peer = asPubkey(question.peerPubkey);
  const { pubkey } = await signer.identity();
  const requestId = question.uuid();
  const askedAtS = Math.floor(clock() / 1_000);
  const text = formatSpspRequest({ ...question.offer, requestId, timestampS: askedAtS });
  const template = spspRequestTemplate(peer, await signer.encrypt(peer, text), askedAtS);
  const [event] = await signer.signEvents([{ ...template, pubkey: asPubkey(pubkey) }]);
  const open: OpenRequest = { event, requestId, askedAtS, peer };

  const tried: string[] = [];
  const { byIlp, byRelay } = ways;
  for (let attempt = 0; byIlp !== null && attempt < ILP_TRIES; attempt++) {
    const answer = await within(question, ILP_TRY_MS, async (signal) => {
      return await answerIn(question, open, await byIlp(event, signal));
    });
    if (answer.value !== null) return { ...answer.value, way: "ilp" };
    tried.push(`by ILP: ${answer.why}`);
  }
  if (byRelay !== null) {
    const answer = await within(question, RELAY_MS, async (signal) => {
      let looked = 0;
      for await (const document of byRelay(event, signal)) {
        const found = await answerIn(question, open, document);
        if (found !== null) return found;
        if (++looked === MAX_LOOKED_AT) break;
      }
      return null;
    });
    if (answer.value !== null) return { ...answer.value, way: "relay" };
    tried.push(`over the relay: ${answer.why}`);
  }
  throw new TermsError("no_answer", `the peer did not answer (${tried.join("; ") || "no way"})`);
}

/** A request that waits for its answer. */
interface OpenRequest {
  readonly event: NostrEvent;
  readonly requestId: string;
  readonly askedAtS: number;
  readonly peer: Pubkey;
}

/** The answer in a document. Null if it is not acceptable. */
async function answerIn(
  { signer, verifier, clock, chainId }: SpspQuestion,
  open: OpenRequest,
  document: Uint8Array,
): Promise<Omit<SpspAnswer, "way"> | null> {
  try {
    if (document.byteLength > MAX_DOCUMENT_BYTES) return null;
    const event = parseEvent(decodeDocument(document).event);
    // Cheap checks come first. Nothing is decrypted before the signature of the pinned key was verified.
    if (event.kind !== SPSP_RESPONSE_KIND || event.pubkey !== open.peer) return null;
    if (!namesOnly(event, "e", open.event.id) || !namesOnly(event, "p", open.event.pubkey)) {
      return null;
    }
    const nowS = Math.floor(clock() / 1_000);
    if (event.created_at < open.askedAtS - SKEW_S || event.created_at > nowS + SKEW_S) return null;
    if (!verifier.isVerified(event)) return null;
    const response = parseSpspResponse(await signer.decrypt(open.peer, event.content));
    if (response.requestId !== open.requestId) return null;
    return { response, offer: offerOf(response, open.peer, chainId) };
  } catch {
    return null; // Whatever a stranger or another protocol puts there.
  }
}

/** Whether the event has exactly one tag of that name, with that value. */
function namesOnly(event: NostrEvent, name: string, value: string): boolean {
  const found = event.tags.filter((tag) => tag[0] === name);
  return found.length === 1 && found[0][1] === value;
}

function offerOf(response: SpspResponse, pubkey: string, chainId: number): OfferedTerms {
  const chains = response.negotiatedChain === null ? [] : [response.negotiatedChain];
  const here = chainNamed(chains, chainId) !== null;
  // `ADDRESS.spsp.UUID` is the peer's own address, followed by a name for this request.
  const [, own] = /^(.+)\.spsp\.[^.]+$/.exec(response.destinationAccount) ??
    [null, response.destinationAccount];
  return {
    source: "spsp",
    pubkey,
    ilpAddress: own,
    settlementAddress: here ? response.settlementAddress : null,
    tokenAddress: here ? response.tokenAddress : null,
    tokenNetworkAddress: here ? response.tokenNetworkAddress : null,
    chains,
    btpEndpoint: null,
    priceUnitsPerByte: null,
    assetScale: null,
    expiresAtS: null,
  };
}

/** Runs one try until it answers, fails or times out. In each case its signal is aborted afterwards. */
async function within<T>(
  { timers, signal }: SpspQuestion,
  ms: number,
  run: (signal: AbortSignal) => Promise<T | null>,
): Promise<{ readonly value: T | null; readonly why: string }> {
  signal?.throwIfAborted();
  const stop = new AbortController();
  const either = signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]);
  let cancel: (() => void) | undefined;
  try {
    const late = new Promise<"late">((resolve) => cancel = timers.after(ms, () => resolve("late")));
    const gone = new Promise<"gone">((resolve) =>
      either.addEventListener("abort", () => resolve("gone"), { once: true })
    );
    const ran = run(either);
    ran.catch(() => undefined);
    const first = await Promise.race([ran, late, gone]);
    signal?.throwIfAborted();
    if (first === "late") return { value: null, why: `nothing in ${ms / 1_000} s` };
    if (first === "gone" || first === null) return { value: null, why: "no acceptable answer" };
    return { value: first, why: "" };
  } catch (error) {
    signal?.throwIfAborted();
    return { value: null, why: error instanceof Error ? error.message : String(error) };
  } finally {
    cancel?.();
    stop.abort();
  }
}
