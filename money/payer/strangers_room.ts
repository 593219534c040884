/**
 * How much more may be paid today to providers before their result is there, above what each of them delivered to this buyer
 * (docs/money.md#strangers). A payment that a provider's history covers is never refused because of others.
 *
 * @module
 */
import { type Asset, formatUnits, UNITS } from "../../protocols/ilp/asset.ts";
import type { Budgets } from "../../store/budget_row.ts";
import { NO_HISTORY, type ProviderHistory, strangerPart } from "../../store/stranger_part.ts";

/** Why a payment does not fit. */
export interface AboveRoom {
  /** The part of the payment that counts. */
  readonly partUnits: bigint;
  /** What counted today before, with what is reserved. */
  readonly countedUnits: bigint;
}

/** The room of one day, beside payments that are planned or reserved. */
export class StrangersRoom {
  /** With payments that are reserved or about to be signed. */
  readonly #histories = new Map<string, ProviderHistory>();
  #countedUnits: bigint;

  /** @param limitUnits The most that may count in a day. Undefined: no limit. */
  constructor(
    readonly limitUnits: bigint | undefined,
    { histories, reserved, strangersUnits }: Pick<
      Budgets,
      "histories" | "reserved" | "strangersUnits"
    >,
  ) {
    this.#countedUnits = strangersUnits;
    for (const [provider, history] of Object.entries(histories)) {
      this.#histories.set(provider, history);
    }
    for (const [provider, units] of Object.entries(reserved)) this.reserve(provider, units);
  }

  /**
   * Why this payment does not fit; null if it does.
   *
   * @param placeUnits What is reserved for this payment.
   */
  over(provider: string, units: bigint, placeUnits = 0n): AboveRoom | null {
    if (this.limitUnits === undefined) return null;
    const history = this.#of(provider);
    const riskUnits = history.riskUnits - placeUnits;
    const partUnits = strangerPart({ ...history, riskUnits }, units);
    if (partUnits === 0n) return null;
    const freedUnits = strangerPart({ ...history, riskUnits }, placeUnits);
    const countedUnits = this.#countedUnits - freedUnits;
    return countedUnits + partUnits <= this.limitUnits ? null : { partUnits, countedUnits };
  }

  /** Counts a payment that is planned or reserved. */
  reserve(provider: string, units: bigint): void {
    const history = this.#of(provider);
    this.#countedUnits += strangerPart(history, units);
    this.#histories.set(provider, { ...history, riskUnits: history.riskUnits + units });
  }

  /** Counts a payment that is about to be signed, in the place of what was reserved for it. */
  pay(provider: string, units: bigint, placeUnits: bigint): void {
    const history = this.#of(provider);
    const riskUnits = history.riskUnits - placeUnits;
    this.#countedUnits -= strangerPart({ ...history, riskUnits }, placeUnits);
    this.#histories.set(provider, { ...history, riskUnits });
    this.reserve(provider, units);
  }

  #of(provider: string): ProviderHistory {
    return this.#histories.get(provider) ?? NO_HISTORY;
  }
}

/** The message about a payment that does not fit. */
export function aboveStrangersLimit(
  provider: string,
  { partUnits, countedUnits }: AboveRoom,
  { strangersDayUnits = 0n, asset = UNITS }: {
    readonly strangersDayUnits?: bigint;
    readonly asset?: Asset;
  },
): string {
  const text = (units: bigint) => formatUnits(units, asset);
  return `provider ${provider.slice(0, 8)}... would be paid ${
    text(partUnits)
  } before its result, above what it delivered to you; with ${
    text(countedUnits)
  } that strangers were paid today, this is above the limit of ${text(strangersDayUnits)} a day`;
}
