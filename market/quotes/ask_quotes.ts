/**
 * Buyer's side: several providers are asked for a quote at once, each with its own signed request in a packet of amount 0. What comes
 * within the window counts; who is silent, slow or says no is told with the reason. Answers are hostile until they are checked.
 *
 * @module
 */
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

/** Who is asked, and what for. Survives JSON and a structured clone. */
export interface QuoteQuestion {
  readonly provider: string;
  /** Where the provider's announcement says that it is paid. */
  readonly ilpAddress: string;
  /** Names the provider. */
  readonly request: UnsignedEvent;
}

/** What came of one question. */
export interface QuoteAnswer {
  readonly provider: string;
  /** The quote's id; null where none counts. */
  readonly id: string | null;
  /** Null where none counts. */
  readonly quote: Quote | null;
  /** The signed quote as JSON, to be paid by; null where none counts. */
  readonly bytes: Uint8Array | null;
  /** Why there is none, for people; null where there is one. */
  readonly reason: string | null;
  /** How long the answer took. */
  readonly tookMs: number;
}

/** What the asking works with. */
interface AskQuotesDeps {
  readonly signer: Pick<Signer, "signEvents" | "wrapText" | "decrypt">;
  readonly verifier: EventVerifier;
  /** Sends a packet of amount 0 and gives the data of its answer; rejects where none came. */
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

/** Asks; gives an answer for each of the first {@link MAX_ASKED}, in their order, when all have answered or the window is over. */
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
  { provider, ilpAddress }: QuoteQuestion,
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
  try {
    const asked = encodeToon(request, "1.4");
    const data = isSecret ? await sealedData(asked, provider, signer) : asked;
    const came = await send({ destination: ilpAddress, data, condition: UNOPENABLE }, signal);
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

/** A quote comes in a refusal: nobody can open this. */
const UNOPENABLE = new Uint8Array(32);
const SLOW = "no answer within the window";
const MAX_REASON = 200;

/** The quote in the data of a refusal; null where there is none. */
function quoteIn(data: Uint8Array): NostrEvent | null {
  const { quote } = toldIn(data);
  return quote === undefined ? null : parseEvent(quote);
}

/** What a refusal without a quote says. */
function wordsIn(data: Uint8Array): string {
  const { message } = toldIn(data);
  return typeof message === "string" && message !== "" ? message : "the answer holds no quote";
}

function toldIn(data: Uint8Array): { readonly quote?: unknown; readonly message?: unknown } {
  try {
    const told: unknown = decodeDocument(data).event;
    return typeof told === "object" && told !== null ? told : {};
  } catch (error) {
    // Data of another program: it may be anything.
    if (error instanceof ToonError) return {};
    throw error;
  }
}
