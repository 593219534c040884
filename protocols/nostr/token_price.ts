/**
 * The price of a job by its tokens: so many base units for 1,000 tokens of the prompt, and for 1,000 tokens of the answer, in addition to
 * the price of the run itself. Before the run, only the most is known; the used tokens never cost more. Pure.
 *
 * ```text
 * ["tokens","5050","20000","60000","512"]         announcement: kind, units for 1,000 tokens in and out, the most tokens out of a run
 * ["tokens","20000","60000","340","128"]          quote: units for 1,000 tokens in and out, the most tokens in and out
 * ["tokens","7","4","counted"]                    result: tokens in and out; counted by the model's server, or estimated
 * ```
 *
 * @see docs/money.md#tokens
 * @module
 */
/** Base units for 1,000 tokens. */
export interface TokenRates {
  /** Of the prompt. */
  readonly inputUnits: bigint;
  /** Of the answer. */
  readonly outputUnits: bigint;
}

/** Tokens of one run. */
export interface TokenCount {
  readonly input: number;
  readonly output: number;
}

/** A price by tokens as a provider offers it for every run. */
export interface TokenPrice extends TokenRates {
  /** The most tokens of an answer. */
  readonly mostOutput: number;
}

/** A price by tokens for one request. */
export interface TokenTerms extends TokenRates {
  /** The most tokens that are charged. */
  readonly most: TokenCount;
}

/** The tokens that a result states. */
export interface UsedTokens extends TokenCount {
  /** Whether the model's server counted them. Otherwise they are estimated. */
  readonly counted: boolean;
}

interface Tagged {
  readonly tags: readonly (readonly string[])[];
}

/** Tokens that a model's chat format adds to a prompt, at most. More are not charged. */
const FORMAT_TOKENS = 64;
/** The most tokens that any tag may name. */
const MOST_TOKENS = 1_000_000_000;
/** The most units for 1,000 tokens, so that every price has at most 19 digits. */
export const MOST_TOKEN_UNITS = 10n ** 12n;

/** What tokens cost, in base units: rounded up once, for both sides together. */
export function tokenUnits(
  { inputUnits, outputUnits }: TokenRates,
  { input, output }: TokenCount,
): bigint {
  return (inputUnits * BigInt(input) + outputUnits * BigInt(output) + 999n) / 1_000n;
}

/**
 * The most tokens that a run of this request is charged for. No token of a prompt has less than one byte. The prompt consists of the `i`
 * tags; of an encrypted request, the encrypted content counts, which is longer. `max_tokens` limits the answer.
 */
export function mostTokens(
  { tags, content }: Tagged & { readonly content: string },
  mostOutput: number,
): TokenCount {
  const bytes = (text: string) => new TextEncoder().encode(text).length;
  const inputs = tags.filter(([name, value]) => name === "i" && value !== undefined);
  const input = inputs.reduce((sum, [, value]) => sum + bytes(value) + 1, bytes(content));
  const asked = tags.find(([name, key]) => name === "param" && key === "max_tokens")?.[2] ?? "";
  const output = /^\d{1,9}(\.\d{1,9})?$/.test(asked) ? Math.floor(Number(asked)) : mostOutput;
  return { input: input + FORMAT_TOKENS, output: Math.min(output, mostOutput) };
}

/** The used tokens that are charged: never more than the most, whatever a server counted. */
export function chargedTokens(used: TokenCount, most: TokenCount): TokenCount {
  const charged = (count: number, most: number) =>
    Number.isSafeInteger(count) && count >= 0 ? Math.min(count, most) : most;
  return {
    input: charged(used.input, most.input),
    output: charged(used.output, most.output),
  };
}

/**
 * What a quoted job costs in the end: the quoted price without the tokens that were not used. Without `used` it is the quoted price.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { usedPrice } from "./token_price.ts";
 *
 * const tokens = { inputUnits: 1_000n, outputUnits: 4_000n, most: { input: 100, output: 50 } };
 * const quote = { priceUnits: 10_300n, tokens };
 * assert.equal(usedPrice(quote, { input: 7, output: 4 }), 10_023n);
 * assert.equal(usedPrice(quote, { input: 9_999, output: 9_999 }), 10_300n);
 * assert.equal(usedPrice(quote, null), 10_300n);
 * ```
 */
export function usedPrice(
  { priceUnits, tokens }: { readonly priceUnits: bigint; readonly tokens?: TokenTerms },
  used: TokenCount | null,
): bigint {
  if (tokens === undefined || used === null) return priceUnits;
  const charged = chargedTokens(used, tokens.most);
  return priceUnits - tokenUnits(tokens, tokens.most) + tokenUnits(tokens, charged);
}

/** The tag of an announcement. */
export function tokenPriceTag(
  kind: number,
  { inputUnits, outputUnits, mostOutput }: TokenPrice,
): string[] {
  return ["tokens", ...[kind, inputUnits, outputUnits, mostOutput].map(String)];
}

/** The price by tokens of a kind; null if there is none. Undefined if the tag cannot be read, so that the price is not known. */
export function readTokenPrice(
  { tags }: Tagged,
  kind: number,
): TokenPrice | null | undefined {
  const [tag, another] = tags.filter((tag) => tag[0] === "tokens" && tag[1] === String(kind));
  if (tag === undefined) return null;
  const [, , input, output, most] = tag;
  const rates = ratesOf(input, output);
  const mostOutput = countOf(most);
  return another !== undefined || rates === null || mostOutput === null
    ? undefined
    : { ...rates, mostOutput };
}

/** The tag of a quote. */
export function tokenTermsTag({ inputUnits, outputUnits, most }: TokenTerms): string[] {
  return ["tokens", ...[inputUnits, outputUnits, most.input, most.output].map(String)];
}

/** The terms of a quote; null if it has none. Undefined if the tag cannot be read. */
export function readTokenTerms(
  { tags }: Tagged,
): TokenTerms | null | undefined {
  const [tag, another] = tags.filter(([name]) => name === "tokens");
  if (tag === undefined) return null;
  const rates = ratesOf(tag[1], tag[2]);
  const [input, output] = [countOf(tag[3]), countOf(tag[4])];
  return another !== undefined || rates === null || input === null || output === null
    ? undefined
    : { ...rates, most: { input, output } };
}

/** The tag of a result. */
export function usedTokensTag({ input, output, counted }: UsedTokens): string[] {
  return ["tokens", String(input), String(output), counted ? "counted" : "estimated"];
}

/** The tokens that a result states. The provider is a stranger; null if the tag is missing or cannot be read. */
export function readUsedTokens({ tags }: Tagged): UsedTokens | null {
  const [tag, another] = tags.filter(([name]) => name === "tokens");
  if (tag === undefined || another !== undefined) return null;
  const [input, output] = [countOf(tag[1]), countOf(tag[2])];
  return input === null || output === null
    ? null
    : { input, output, counted: tag[3] === "counted" };
}

function ratesOf(input: string | undefined, output: string | undefined): TokenRates | null {
  const [inputUnits, outputUnits] = [input, output].map((text = "") =>
    /^(?:0|[1-9]\d{0,12})$/.test(text) && BigInt(text) <= MOST_TOKEN_UNITS ? BigInt(text) : null
  );
  return inputUnits === null || outputUnits === null ? null : { inputUnits, outputUnits };
}

function countOf(text = ""): number | null {
  return /^(?:0|[1-9]\d{0,9})$/.test(text) && Number(text) <= MOST_TOKENS ? Number(text) : null;
}
