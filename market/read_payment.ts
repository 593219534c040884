/**
 * What a packet would pay a provider for: the signed request in its data, with the quote where one is paid. Everything about both is
 * checked here, before any compute.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { contentOpening, fulfils } from "../protocols/ilp/condition.ts";
import type { Prepare } from "../protocols/ilp/packet.ts";
import type { NostrEvent } from "../protocols/nostr/event.ts";
import { EventError } from "../protocols/nostr/event_error.ts";
import type { EventVerifier } from "../protocols/nostr/verifier.ts";
import { ToonError } from "../protocols/toon/decode.ts";
import type { TerminalReject } from "../money/receiver/terminal.ts";
import type { Signer } from "../money/signer/signer.ts";
import { type Admission, type AdmissionRules, admit } from "./admission.ts";
import { InputError } from "./packing/input_error.ts";
import { isPrivate } from "../protocols/nostr/private_event.ts";
import { openRequest } from "./private_request.ts";
import { checkPaidQuote } from "./quotes/check_quote.ts";
import { type PaidRequest, readPaidRequest } from "../protocols/nostr/job_payment.ts";
import { type Quote, QuoteError, readQuote } from "../protocols/nostr/job_quote.ts";
import type { Quoting } from "./quotes/quoting.ts";

/** What payments are read with. */
export interface PaymentReader {
  /** Asked for each packet, so that prices and lists may change while it runs. */
  readonly rules: () => AdmissionRules;
  /** Makes the fulfilment. */
  readonly signer: Pick<Signer, "packetFulfilments" | "decrypt">;
  /** Checks id and signature of request and quote. */
  readonly verifier: EventVerifier;
  /** Makes quotes; without it the announced price is the only one. */
  readonly quoting?: Quoting;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/** What a packet would pay for. */
export interface Payment {
  readonly event: NostrEvent;
  /** The request as it is kept. */
  readonly bytes: Uint8Array;
  /** At what the quote says is paid before the job runs, where one is paid. */
  readonly admission: Extract<Admission, { priceUnits: bigint }>;
  /** The quote that is paid; null where the announced price is. */
  readonly quote: Quote | null;
  /** As it came; null where the announced price is paid. */
  readonly signedQuote: NostrEvent | null;
}

type Read = Payment | { readonly reject: TerminalReject };

/** Reads and checks it. With `timely` false only what cannot change is checked: it was in time when it was held. */
export function readPayment(prepare: Prepare, options: PaymentReader, timely = true): Read {
  let paid: PaidRequest;
  try {
    paid = readPaidRequest(prepare.data);
  } catch (error) {
    if (!(error instanceof EventError || error instanceof ToonError)) throw error;
    return { reject: refusal("F06", "malformed", `the data is not a request: ${error.message}`) };
  }
  const { request: event, bytes } = paid;
  const verdict = options.verifier.verify(event);
  if (verdict !== "ok") {
    return { reject: refusal("F06", verdict, "the request's id or signature is wrong") };
  }
  // A request that was in time when it was held stays so.
  const nowMs = timely ? options.clock() : event.created_at * 1000;
  const admission = admit(event, bytes.length, options.rules(), nowMs);
  if ("fault" in admission) {
    return { reject: refusal("F99", admission.fault, admission.message) };
  }
  if (paid.quote === null) return { event, bytes, admission, quote: null, signedQuote: null };
  try {
    const quote = paidQuote(paid.quote, event, options, Math.floor(nowMs / 1_000));
    const priceUnits = quote.depositUnits;
    return {
      event,
      bytes,
      admission: { ...admission, priceUnits },
      quote,
      signedQuote: paid.quote,
    };
  } catch (error) {
    if (!(error instanceof QuoteError)) throw error;
    return { reject: refusal("F99", error.code, error.message) };
  }
}

/** The quote that came with the request: our own signature, for this request, and still good. Throws QuoteError. */
function paidQuote(
  signed: NostrEvent,
  request: NostrEvent,
  { rules, verifier, quoting }: PaymentReader,
  nowS: number,
): Quote {
  if (quoting === undefined) throw new QuoteError("foreign_quote", "no quotes are given here");
  if (verifier.verify(signed) !== "ok") {
    throw new QuoteError("bad_quote", "the quote's id or signature is wrong");
  }
  const quote = readQuote(signed);
  checkPaidQuote(quote, request, { pubkey: rules().pubkey, nowS });
  return quote;
}

/** The same, and what was encrypted to us is looked at before anything is paid for it. */
export async function readOpenPayment(prepare: Prepare, options: PaymentReader): Promise<Read> {
  const read = readPayment(prepare, options);
  if ("reject" in read || !isPrivate(read.event)) return read;
  try {
    const open = await openRequest(read.event, options.signer);
    const size = read.bytes.length;
    const admission = admit(read.event, size, options.rules(), options.clock(), open);
    if ("fault" in admission) {
      return { reject: refusal("F99", admission.fault, admission.message) };
    }
    // What a quote said counts, however the price is now.
    const priceUnits = read.quote?.depositUnits ?? admission.priceUnits;
    return { ...read, admission: { ...admission, priceUnits } };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { reject: refusal("F99", error.code, error.message) };
  }
}

/**
 * What opens the condition, or null: on the crosstown wire the content does, the quote's receipt where a quote is paid, else what only
 * buyer and provider can compute.
 */
export async function opening(
  { data, condition }: Prepare,
  { event: { id, pubkey }, quote }: Payment,
  { signer, quoting }: Pick<PaymentReader, "signer" | "quoting">,
): Promise<Uint8Array | null> {
  const content = contentOpening(data, condition);
  if (content !== null) return content;
  // The key to a sealed result is no receipt of its deposit.
  if (quote !== null && quote.mode !== "on-delivery" && quoting !== undefined) {
    const receipt = await quoting.receipt(id);
    if (fulfils(receipt, condition)) return receipt;
  }
  const [own] = await signer.packetFulfilments([{ peer: pubkey, dataSha256: sha256(data) }]);
  return fulfils(own, condition) ? own : null;
}

/** A refusal whose data says the reason to programs. */
export function refusal(code: string, reason: string, message: string): TerminalReject {
  return { code, message, data: refusalData({ code: reason, message }) };
}

/** JSON in the data of an answer. */
export function refusalData(value: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
