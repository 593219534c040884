/**
 * A provider's rules as options of a stage carry them: amounts as text, so that they survive every border.
 *
 * @module
 */
import type { AdmissionRules } from "../../services/market/admission.ts";

/** What a provider serves, as options. */
export interface RulesOptions {
  readonly pubkey: string;
  readonly platform: string;
  readonly prices: readonly {
    readonly kind: number;
    readonly flatUnits: string;
    readonly unitsPerKib: string;
  }[];
  /** Null serves everyone. */
  readonly allowBuyers: readonly string[] | null;
}

/** The rules of the options. */
export function rulesOf(options: RulesOptions): AdmissionRules {
  const prices = options.prices.map(({ kind, flatUnits, unitsPerKib }) => ({
    kind,
    flatUnits: BigInt(flatUnits),
    unitsPerKib: BigInt(unitsPerKib),
  }));
  const { pubkey, platform, allowBuyers } = options;
  return { pubkey, platform, prices, allowBuyers };
}
