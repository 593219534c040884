/**
 * A provider's binding offer for one request: NIP-90 feedback `payment-required` (kind 7000), signed by the provider, which comes back in
 * the refusal of a packet of amount 0 and is never written to a relay. Its id is the quote's id.
 *
 * ```text
 * ["status","payment-required"] ["amount","25382","units"] ["e",REQUEST] ["p",BUYER]
 * ["quote","1"] ["mode","upfront"] ["content",SHA256]         of inputs and params
 * ["deposit","20480"]                                         of mode on-delivery: what of the amount is paid before it runs
 * ["increment","20480","15"]                                  of mode metered: what so many seconds of run time cost; the amount is all
 *                                                             increments that may be asked for
 * ["asset","M2M","6"] ["chain","31337",TOKEN_NETWORK]
 * ["ilp","test.dev.provider"] ["condition",SHA256]
 * ["expiration",SECONDS] ["deadline",SECONDS]                  until when it may be paid; until when there is a result
 * ["included","relay"]                                         the provider pays its own writes
 * ```
 *
 * @see docs/money.md#quotes
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import {
  asEventId,
  asPubkey,
  type EventId,
  type NostrEvent,
  type Pubkey,
  type UnsignedEvent,
} from "./event.ts";
import { EventError } from "./event_error.ts";
import {
  JOB_FEEDBACK_STATUSES,
  jobFeedbackTemplate,
  JobTagError,
  parseJobFeedback,
} from "./nip90.ts";

/**
 * How a quoted job is paid: all before it runs, a deposit before and the rest for the key to its sealed result, or an increment before and
 * the others while it runs.
 */
export type QuotedMode = "upfront" | "on-delivery" | "metered";

/** What a provider promises. Survives a structured clone. */
export interface Quote {
  /** Id of the request. */
  readonly requestId: EventId;
  /** Who may pay it. */
  readonly buyer: Pubkey;
  /** Who signed it. */
  readonly provider: Pubkey;
  /** SHA-256 of the request's inputs and params, hex ({@link contentHash}). */
  readonly content: string;
  /** What must arrive at the provider, base units; its relay costs included. */
  readonly priceUnits: bigint;
  /** What of it is paid before the job runs: all of it upfront, a part on delivery, one increment of a metered job. */
  readonly depositUnits: bigint;
  /** Run time that an increment buys, of a metered job alone. */
  readonly incrementS?: number;
  readonly asset: { readonly code: string; readonly scale: number };
  readonly chain: { readonly chainId: number; readonly tokenNetworkAddress: string };
  readonly mode: QuotedMode;
  readonly ilpAddress: string;
  /** SHA-256 of the receipt, or of the key to the sealed result, hex: the provider alone can open it. */
  readonly condition: string;
  /** Until when it may be paid, seconds since the epoch. */
  readonly validUntilS: number;
  /** Until when the provider publishes a result, seconds since the epoch. */
  readonly deadlineS: number;
}

/** The event of a quote, ready for its provider. */
export function quoteEvent(quote: Quote, nowS: number): UnsignedEvent {
  const { asset, chain } = quote;
  const template = jobFeedbackTemplate({
    requestId: quote.requestId,
    customer: quote.buyer,
    status: PAYMENT_REQUIRED,
    amount: { value: quote.priceUnits, unit: "units" },
    extraTags: [
      ["quote", VERSION],
      ["mode", quote.mode],
      ...partTags(quote),
      ["content", quote.content],
      ["asset", asset.code, String(asset.scale)],
      ["chain", String(chain.chainId), chain.tokenNetworkAddress],
      ["ilp", quote.ilpAddress],
      ["condition", quote.condition],
      ["expiration", String(quote.validUntilS)],
      ["deadline", String(quote.deadlineS)],
      ["included", "relay"],
    ],
  }, nowS);
  return { ...template, pubkey: quote.provider };
}

function partTags({ mode, depositUnits, incrementS }: Quote): string[][] {
  if (mode === "on-delivery") return [["deposit", String(depositUnits)]];
  return mode === "metered" ? [["increment", String(depositUnits), String(incrementS)]] : [];
}

const PAYMENT_REQUIRED = JOB_FEEDBACK_STATUSES[0];
const VERSION = "1";

/** Reads a quote whose signature was verified. Throws {@link QuoteError} `bad_quote`. */
export function readQuote(event: NostrEvent): Quote {
  try {
    const feedback = parseJobFeedback(event);
    if (feedback.status !== PAYMENT_REQUIRED) bad("its status is not payment-required");
    const { amount } = feedback;
    if (amount === undefined || amount.unit !== "units") bad("it names no price in units");
    const one = (name: string): readonly string[] => {
      const found = event.tags.filter((tag) => tag[0] === name);
      if (found.length !== 1) bad(`it must have one ${name} tag`);
      return found[0].slice(1);
    };
    const [version] = one("quote");
    if (version !== VERSION) bad("it is of another version");
    const [mode] = one("mode");
    if (mode !== "upfront" && mode !== "on-delivery" && mode !== "metered") {
      bad("its mode is not known");
    }
    const increment = mode === "metered" ? one("increment") : null;
    const depositUnits = mode === "upfront"
      ? amount.value
      : unitsOf((increment ?? one("deposit"))[0]);
    if (mode === "on-delivery" && (depositUnits === 0n || depositUnits >= amount.value)) {
      bad("its deposit is no part of its price");
    }
    const incrementS = increment === null ? undefined : wholeOf("increment", increment[1]);
    if (incrementS !== undefined) {
      if (incrementS < 1 || incrementS > MAX_INCREMENT_S) bad("its increment is of no length");
      if (
        depositUnits === 0n || amount.value < depositUnits || amount.value % depositUnits !== 0n
      ) {
        bad("its price is not of whole increments");
      }
      if (amount.value / depositUnits > MAX_INCREMENTS) bad("it has too many increments");
    }
    const [code, scale] = one("asset");
    const [chainId, tokenNetworkAddress = ""] = one("chain");
    const [ilpAddress] = one("ilp");
    if (!/^[a-zA-Z0-9._~-]{1,1023}$/.test(ilpAddress ?? "")) bad("its ilp tag is no ILP address");
    if (!/^[A-Za-z0-9]{1,16}$/.test(code ?? "")) bad("its asset tag names no asset");
    if (!/^(0x[0-9a-fA-F]{40})?$/.test(tokenNetworkAddress)) bad("its chain tag is malformed");
    return {
      requestId: asEventId(feedback.requestId),
      buyer: asPubkey(feedback.customer),
      provider: asPubkey(event.pubkey),
      content: hexOf("content", one("content")[0]),
      priceUnits: amount.value,
      depositUnits,
      ...incrementS !== undefined && { incrementS },
      asset: { code, scale: wholeOf("asset", scale) },
      chain: { chainId: wholeOf("chain", chainId), tokenNetworkAddress },
      mode,
      ilpAddress,
      condition: hexOf("condition", one("condition")[0]),
      validUntilS: timeOf("expiration", one("expiration")[0]),
      deadlineS: timeOf("deadline", one("deadline")[0]),
    };
  } catch (cause) {
    if (cause instanceof JobTagError || cause instanceof EventError) bad(cause.message);
    throw cause;
  }
}

/** As long as a job may be. */
const MAX_INCREMENT_S = 86_400;
const MAX_INCREMENTS = 100_000n;

/** How many increments a metered quote may ask for. */
export function mostIncrements({ priceUnits, depositUnits }: Quote): number {
  return Number(priceUnits / depositUnits);
}

/** What is bought, whoever is asked and whenever: kind, content, inputs, params and output of a request. Hex. */
export function contentHash(
  { kind, tags, content }: Pick<NostrEvent, "kind" | "tags" | "content">,
) {
  const bought = tags.filter(([name]) => BOUGHT.includes(name ?? ""));
  return sha256(new TextEncoder().encode(JSON.stringify([kind, bought, content]))).toHex();
}

const BOUGHT: readonly string[] = ["i", "param", "output", "encrypted"];

function hexOf(name: string, text: string | undefined): string {
  return text !== undefined && /^[0-9a-f]{64}$/.test(text) ? text : bad(`its ${name} is no hash`);
}

function wholeOf(name: string, text: string | undefined): number {
  return text !== undefined && /^(?:0|[1-9][0-9]{0,14})$/.test(text)
    ? Number(text)
    : bad(`its ${name} tag holds no whole number`);
}

/** Seconds of which the milliseconds can be kept too. */
function timeOf(name: string, text: string | undefined): number {
  const seconds = wholeOf(name, text);
  return seconds < 1e12 ? seconds : bad(`its ${name} is no time`);
}

function unitsOf(text: string | undefined): bigint {
  return text !== undefined && /^(?:0|[1-9][0-9]{0,19})$/.test(text)
    ? BigInt(text)
    : bad("its deposit is no amount");
}

function bad(why: string): never {
  throw new QuoteError("bad_quote", `Cannot read the quote: ${why}`);
}

/** Why a quote does not count. */
type QuoteFault =
  | "bad_quote"
  | "foreign_quote"
  | "wrong_buyer"
  | "wrong_request"
  | "wrong_terms"
  | "quote_expired";

/** A quote that does not count. */
export class QuoteError extends Error {
  /** The class, for errors that crossed a port. */
  override readonly name = "QuoteError";
  /** Makes one with its code. */
  constructor(readonly code: QuoteFault, message: string) {
    super(message);
  }
}
