/**
 * Asks several providers for quotes at the same time, on the buyer's side. Each gets its own signed request in a packet of amount 0. Quotes
 * that arrive within the time window count. For every other provider the reason is returned. Answers are treated as hostile until they are
 * checked.
 *
 * @module
 */
import { firstOf } from "../../base/first_of.ts";
import { messageOf } from "../../base/thrown.ts";
import type { Timers } from "../../base/timers.ts";
import type { Signer } from "../../money/signer/signer.ts";
import { type NostrEvent, parseEvent, type UnsignedEvent } from "../../protocols/nostr/event.ts";
import { EventError } from "../../protocols/nostr/event_error.ts";
import type { EventVerifier } from "../../protocols/nostr/verifier.ts";
import { answersKeyOf } from "../../protocols/nostr/private_job.ts";
import { decodeDocument, ToonError } from "../../protocols/toon/decode.ts";
import { encodeToon } from "../../protocols/toon/encode.ts";
import { openedAnswer, sealedData } from "../private/private_packet.ts";
import { checkOfferedQuote } from "./check_quote.ts";
import { type Quote, QuoteError, readQuote } from "../../protocols/nostr/job_quote.ts";

/** A question for a quote. It survives JSON and a structured clone. */
export interface QuoteQuestion {
  readonly provider: string;
  /** The ILP address in the provider's announcement. */
  readonly ilpAddress: string;
  /** Further addresses, which are asked in this order if there is no answer from the ones before. Default: none. */
  readonly moreAddresses?: readonly string[];
  /** The request. Its `p` tag names the provider. */
  readonly request: UnsignedEvent;
}

/** The answer to one question. */
export interface QuoteAnswer {
  readonly provider: string;
  /** The quote's id. Null if there is no acceptable quote. */
  readonly id: string | null;
  /** Null if there is no acceptable quote. */
  readonly quote: Quote | null;
  /** The signed quote as JSON, for the payment. Null if there is no acceptable quote. */
  readonly bytes: Uint8Array | null;
  /** Why there is no quote, as text for people. Null if there is one. */
  readonly reason: string | null;
  /** How long the answer took, in milliseconds. */
  readonly tookMs: number;
}

/** What asking needs. */
interface AskQuotesDeps {
  readonly signer: Pick<Signer, "signEvents" | "wrapText" | "decrypt">;
  readonly verifier: EventVerifier;
  /** Sends a packet of amount 0 and returns the data of its answer. Rejects if there is no answer. */
  readonly send: (
    packet: {
      readonly destination: string;
      readonly data: Uint8Array;
      readonly condition: Uint8Array;
    },
    signal: AbortSignal,
  ) => Promise<Uint8Array>;
  readonly asset: Quote["asset"];
  readonly chain: Quote["chain"];
  readonly timers: Timers;
}

/** The most providers that are asked at once. */
const MAX_ASKED = 8;
/** The most further addresses of a provider that are asked, and when the next one is asked. */
const MAX_MORE = 2;
const NEXT_ADDRESS_MS = 700;

/** Asks the first {@link MAX_ASKED} providers. Returns their answers in the same order, when all have answered or the window is over. */
export async function askQuotes(
  questions: readonly QuoteQuestion[],
  windowMs: number,
  deps: AskQuotesDeps,
): Promise<QuoteAnswer[]> {
  const asked = questions.slice(0, MAX_ASKED);
  const { timers, signer } = deps;
  const requests = await signer.signEvents(asked.map(({ request }) => request));
  const over = new AbortController();
  const cancel = timers.after(windowMs, () => over.abort());
  try {
    return await Promise.all(
      asked.map((question, at) => askOne(question, requests[at], over.signal, deps)),
    );
  } finally {
    cancel();
  }
}

async function askOne(
  { provider, ilpAddress: first, moreAddresses = [] }: QuoteQuestion,
  request: NostrEvent,
  signal: AbortSignal,
  deps: AskQuotesDeps,
): Promise<QuoteAnswer> {
  const { send, verifier, asset, chain, timers, signer } = deps;
  const startMs = timers.now();
  const answer = (found: Pick<QuoteAnswer, "id" | "quote" | "bytes" | "reason">): QuoteAnswer => ({
    provider,
    ...found,
    tookMs: timers.now() - startMs,
  });
  const none = (reason: string) =>
    answer({ id: null, quote: null, bytes: null, reason: reason.slice(0, MAX_REASON) });
  const isSecret = answersKeyOf(request) !== null;
  let told: Uint8Array;
  let ilpAddress: string;
  try {
    const asked = encodeToon(request, "1.4");
    const data = isSecret ? await sealedData(asked, provider, signer) : asked;
    const tries = [first, ...moreAddresses.slice(0, MAX_MORE)].map((destination) => async () => ({
      destination,
      came: await send({ destination, data, condition: UNOPENABLE }, signal),
    }));
    const { destination, came } = await firstOf(tries, NEXT_ADDRESS_MS, timers);
    ilpAddress = destination;
    const opened = isSecret ? await openedAnswer(came, provider, signer) : null;
    told = opened?.data ?? came;
  } catch (error) {
    return none(signal.aborted ? SLOW : messageOf(error));
  }
  try {
    const signed = quoteIn(told);
    if (signed === null) return none(wordsIn(told));
    if (verifier.verify(signed) !== "ok") {
      throw new QuoteError("bad_quote", "the quote's id or signature is wrong");
    }
    const quote = readQuote(signed);
    const nowS = Math.floor(timers.now() / 1_000);
    checkOfferedQuote(quote, { request, provider, ilpAddress, asset, chain, nowS });
    const bytes = new TextEncoder().encode(JSON.stringify(signed));
    return answer({ id: signed.id, quote, bytes, reason: null });
  } catch (error) {
    if (
      !(error instanceof QuoteError || error instanceof ToonError || error instanceof EventError)
    ) throw error;
    return none(error.message);
  }
}

/** A condition that nobody can fulfil. A quote is returned in a refusal. */
const UNOPENABLE = new Uint8Array(32);
const SLOW = "no answer within the window";
const MAX_REASON = 200;

/** The quote in the data of a refusal. Null if there is none. */
function quoteIn(data: Uint8Array): NostrEvent | null {
  const { quote } = toldIn(data);
  return quote === undefined ? null : parseEvent(quote);
}

/** The reason in a refusal without a quote. */
function wordsIn(data: Uint8Array): string {
  const { message } = toldIn(data);
  return typeof message === "string" && message !== "" ? message : "the answer contains no quote";
}

function toldIn(data: Uint8Array): { readonly quote?: unknown; readonly message?: unknown } {
  try {
    const told: unknown = decodeDocument(data).event;
    return typeof told === "object" && told !== null ? told : {};
  } catch (error) {
    // Another program may put any data into its refusal.
    if (error instanceof ToonError) return {};
    throw error;
  }
}
