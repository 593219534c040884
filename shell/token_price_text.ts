/**
 * The price of tokens as commands print it.
 *
 * @module
 */
import type { TokenPrice } from "../protocols/nostr/token_price.ts";

/** The price of tokens in a document: base units for 1,000 tokens. */
export interface ShownTokenPrice {
  /** Of the prompt. */
  readonly input_units: bigint;
  /** Of the answer. */
  readonly output_units: bigint;
  /** The most tokens of an answer. */
  readonly most_output: number;
}

/** The price of a kind's tokens; null if they cost nothing. */
export function shownTokenPrice(price: TokenPrice | undefined): ShownTokenPrice | null {
  return price === undefined ? null : {
    input_units: price.inputUnits,
    output_units: price.outputUnits,
    most_output: price.mostOutput,
  };
}

/** The end of a line about a price; empty if tokens cost nothing. Amounts may be decimal text. */
export function tokenPriceText(
  tokens:
    | { readonly [Key in keyof ShownTokenPrice]: ShownTokenPrice[Key] | string | number }
    | null
    | undefined,
  format: (units: bigint) => string,
): string {
  if (!tokens) return "";
  const { input_units, output_units, most_output } = tokens;
  return ` and ${format(BigInt(input_units))} for 1000 tokens in, ${
    format(BigInt(output_units))
  } for 1000 out (at most ${most_output} out)`;
}
