/**
 * A provider's binding offer for one request: NIP-90 feedback `payment-required` (kind 7000), signed by the provider. The provider sends it
 * in the refusal of a packet of amount 0. On a relay it answers an unpaid request that names it, with words for people and the announcement
 * (`a`) in addition. The id of the event is the id of the quote.
 *
 * ```text
 * ["status","payment-required"] ["amount","25382","units"] ["e",REQUEST] ["p",BUYER]
 * ["quote","1"] ["mode","upfront"] ["content",SHA256]         the hash of inputs and params
 * ["deposit","20480"]                                         only mode on-delivery: the part of the amount paid before the run
 * ["increment","20480","15"]                                  only mode metered: the price of this many seconds of run time, or (`4KiB`) of
 *                                                             this much output; the amount is the sum of all increments that may be requested
 * ["tokens","20000","60000","340","128"]                      the price includes the most tokens (token_price.ts)
 * ["asset","M2M","6"] ["chain","31337",TOKEN_NETWORK]
 * ["ilp","test.dev.provider"] ["condition",SHA256]
 * ["expiration",SECONDS] ["deadline",SECONDS]                  the end of payment; the latest time of the result
 * ["included","relay"]                                         the price includes the provider's own writes
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
import { type Increment, incrementText, mostOf, parseIncrement } from "./metered.ts";
import {
  JOB_FEEDBACK_STATUSES,
  jobFeedbackTemplate,
  JobTagError,
  parseJobFeedback,
} from "./nip90.ts";
import {
  readTokenTerms,
  type TokenCount,
  type TokenTerms,
  tokenTermsTag,
  tokenUnits,
  usedPrice,
} from "./token_price.ts";

/**
 * How a quoted job is paid. `upfront`: all before the run. `on-delivery`: a deposit before the run, and the rest for the key to the sealed
 * result. `metered`: the first increment before the run, and the others while it runs.
 */
export type QuotedMode = "upfront" | "on-delivery" | "metered";

/** A provider's promise. It can be cloned (structured clone). */
export interface Quote {
  /** The id of the request. */
  readonly requestId: EventId;
  /** The buyer, who alone may pay it. */
  readonly buyer: Pubkey;
  /** The provider, who signed it. */
  readonly provider: Pubkey;
  /** SHA-256 of the request's inputs and params, hex ({@link contentHash}). */
  readonly content: string;
  /** The amount that must arrive at the provider, in base units. It includes the provider's relay costs. */
  readonly priceUnits: bigint;
  /** The part that is paid before the job runs: all of it (upfront), a deposit (on delivery) or one increment (metered). */
  readonly depositUnits: bigint;
  /** What an increment buys. Only for a metered job. */
  readonly increment?: Increment;
  /** The tokens that the price includes, at most. If the job is paid on delivery, tokens that it does not use are not paid. */
  readonly tokens?: TokenTerms;
  readonly asset: { readonly code: string; readonly scale: number };
  readonly chain: { readonly chainId: number; readonly tokenNetworkAddress: string };
  readonly mode: QuotedMode;
  readonly ilpAddress: string;
  /** SHA-256 of the receipt, or of the key to the sealed result, in hex. Only the provider knows the preimage. */
  readonly condition: string;
  /** The time until which it may be paid, in seconds since the epoch. */
  readonly validUntilS: number;
  /** The time until which the provider publishes a result, in seconds since the epoch. */
  readonly deadlineS: number;
}

/** The event of a quote, for its provider to sign. `more` is for readers of a relay. */
export function quoteEvent(
  quote: Quote,
  nowS: number,
  more: { readonly info?: string; readonly extraTags?: readonly string[][] } = {},
): UnsignedEvent {
  const { asset, chain } = quote;
  const template = jobFeedbackTemplate({
    requestId: quote.requestId,
    customer: quote.buyer,
    status: PAYMENT_REQUIRED,
    ...more.info !== undefined && { extraInfo: more.info },
    amount: { value: quote.priceUnits, unit: "units" },
    extraTags: [
      ["quote", VERSION],
      ["mode", quote.mode],
      ...partTags(quote),
      ...quote.tokens === undefined ? [] : [tokenTermsTag(quote.tokens)],
      ["content", quote.content],
      ["asset", asset.code, String(asset.scale)],
      ["chain", String(chain.chainId), chain.tokenNetworkAddress],
      ["ilp", quote.ilpAddress],
      ["condition", quote.condition],
      ["expiration", String(quote.validUntilS)],
      ["deadline", String(quote.deadlineS)],
      ["included", "relay"],
      ...more.extraTags ?? [],
    ],
  }, nowS);
  return { ...template, pubkey: quote.provider };
}

function partTags({ mode, depositUnits, increment }: Quote): string[][] {
  if (mode === "on-delivery") return [["deposit", String(depositUnits)]];
  return mode === "metered" && increment !== undefined
    ? [["increment", String(depositUnits), incrementText(increment)]]
    : [];
}

const PAYMENT_REQUIRED = JOB_FEEDBACK_STATUSES[0];
const VERSION = "1";

/** Whether feedback says that it is a quote of this program. Other feedback `payment-required` promises nothing. */
export function isQuote({ tags }: Pick<NostrEvent, "tags">): boolean {
  return tags.some(([name, version]) => name === "quote" && version === VERSION);
}

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
    if (version !== VERSION) bad("it has an unknown version");
    const [mode] = one("mode");
    if (mode !== "upfront" && mode !== "on-delivery" && mode !== "metered") {
      bad("its mode is not known");
    }
    const part = mode === "metered" ? one("increment") : null;
    const depositUnits = mode === "upfront" ? amount.value : unitsOf((part ?? one("deposit"))[0]);
    if (mode === "on-delivery" && (depositUnits === 0n || depositUnits >= amount.value)) {
      bad("its deposit must be above 0 and below its price");
    }
    const increment = part === null ? null : parseIncrement(part[1]);
    if (part !== null) {
      if (increment === null) bad("its increment has an invalid length");
      if (
        depositUnits === 0n || amount.value < depositUnits || amount.value % depositUnits !== 0n
      ) {
        bad("its price is not a multiple of its increment");
      }
      const most = increment?.unit === "kib" ? BigInt(mostOf(increment, 0)) : MAX_INCREMENTS;
      if (amount.value / depositUnits > most) bad("it has too many increments");
    }
    const tokens = readTokenTerms(event);
    if (
      tokens === undefined ||
      tokens !== null && (mode === "metered" || amount.value < tokenUnits(tokens, tokens.most))
    ) bad("its tokens do not fit its price");
    const [code, scale] = one("asset");
    const [chainId, tokenNetworkAddress = ""] = one("chain");
    const [ilpAddress] = one("ilp");
    if (!/^[a-zA-Z0-9._~-]{1,1023}$/.test(ilpAddress ?? "")) {
      bad("its ilp tag is not an ILP address");
    }
    if (!/^[A-Za-z0-9]{1,16}$/.test(code ?? "")) bad("its asset tag names no asset");
    if (!/^(0x[0-9a-fA-F]{40})?$/.test(tokenNetworkAddress)) bad("its chain tag is malformed");
    return {
      requestId: asEventId(feedback.requestId),
      buyer: asPubkey(feedback.customer),
      provider: asPubkey(event.pubkey),
      content: hexOf("content", one("content")[0]),
      priceUnits: amount.value,
      depositUnits,
      ...increment !== null && { increment },
      ...tokens !== null && { tokens },
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

/**
 * The price of the key to a sealed result that states its used tokens: what they cost, without the deposit, and at least one unit. Null if
 * it states none; then the whole price is due.
 */
export function restUnits(
  quote: Pick<Quote, "priceUnits" | "depositUnits" | "tokens">,
  used: TokenCount | null,
): bigint {
  const rest = usedPrice(quote, used) - quote.depositUnits;
  return rest > 1n ? rest : 1n;
}

/** The payment mode that a request asks for in its `mode` tag. Default: upfront. */
export function wantedMode({ tags }: Pick<NostrEvent, "tags">): QuotedMode {
  const [, mode] = tags.find(([name]) => name === "mode") ?? [];
  return mode === "on-delivery" || mode === "metered" ? mode : "upfront";
}

const MAX_INCREMENTS = 100_000n;

/** The most increments that a metered quote allows. */
export function mostIncrements({ priceUnits, depositUnits }: Quote): number {
  return Number(priceUnits / depositUnits);
}

/** The hash of what is bought: kind, content, inputs, params and output of a request. It does not depend on provider and time. In hex. */
export function contentHash(
  { kind, tags, content }: Pick<NostrEvent, "kind" | "tags" | "content">,
) {
  const bought = tags.filter(([name]) => BOUGHT.includes(name ?? ""));
  return sha256(new TextEncoder().encode(JSON.stringify([kind, bought, content]))).toHex();
}

const BOUGHT: readonly string[] = ["i", "param", "output", "encrypted"];

function hexOf(name: string, text: string | undefined): string {
  return text !== undefined && /^[0-9a-f]{64}$/.test(text)
    ? text
    : bad(`its ${name} is not a hash`);
}

function wholeOf(name: string, text: string | undefined): number {
  return text !== undefined && /^(?:0|[1-9][0-9]{0,14})$/.test(text)
    ? Number(text)
    : bad(`its ${name} tag has no whole number`);
}

/** Reads seconds whose milliseconds are a safe integer too. */
function timeOf(name: string, text: string | undefined): number {
  const seconds = wholeOf(name, text);
  return seconds < 1e12 ? seconds : bad(`its ${name} is not a time`);
}

function unitsOf(text: string | undefined): bigint {
  return text !== undefined && /^(?:0|[1-9][0-9]{0,19})$/.test(text)
    ? BigInt(text)
    : bad("its deposit is not an amount");
}

function bad(why: string): never {
  throw new QuoteError("bad_quote", `Cannot read the quote: ${why}`);
}

/** Why a quote is refused. */
type QuoteFault =
  | "bad_quote"
  | "foreign_quote"
  | "wrong_buyer"
  | "wrong_request"
  | "wrong_terms"
  | "quote_expired";

/** The quote is refused. */
export class QuoteError extends Error {
  /** The class, for errors that crossed a port. */
  override readonly name = "QuoteError";
  /** Makes an error with its code. */
  constructor(readonly code: QuoteFault, message: string) {
    super(message);
  }
}
