/**
 * Leaves out providers that are not trusted where a job is paid upfront (docs/money.md#distrust).
 *
 * @module
 */
import { DISTRUSTED } from "../protocols/failure_codes.ts";
import { type Distrust, NO_HISTORY, type ProviderHistory } from "../store/stranger_part.ts";
import { shortKey } from "./no_provider.ts";
import { InputError } from "./packing/input_error.ts";

/** Why a provider is not trusted, in words for people. */
export const WHY_DISTRUSTED: Readonly<Record<Distrust, string>> = {
  false_key: "it sold a key that opened nothing",
  contradicted: "enough others contradicted its answer to a verified job",
  failing: "too many of its last paid jobs had no result",
};

/** The histories of providers, with the evidence that only the answers to verified jobs show. */
export function withEvidence(
  histories: Readonly<Record<string, ProviderHistory>>,
  contradicted: readonly string[],
): Record<string, ProviderHistory> {
  const more = contradicted.map((provider): [string, ProviderHistory] => {
    const history = histories[provider] ?? NO_HISTORY;
    return [provider, { distrust: "contradicted", ...history }];
  });
  return { ...histories, ...Object.fromEntries(more) };
}

/** The providers that are not trusted, and why. */
export function distrustIn(
  histories: Readonly<Record<string, ProviderHistory>>,
): ReadonlyMap<string, Distrust> {
  return new Map(
    Object.entries(histories).flatMap(([provider, { distrust }]) =>
      distrust === undefined ? [] : [[provider, distrust] as const]
    ),
  );
}

/** A provider that fits, and its price. */
interface Priced {
  readonly announcement: { readonly pubkey: string };
  readonly priceUnits: bigint;
}

/** Leaves out providers that are not trusted, except for free jobs. Throws InputError `distrusted` if none is left. */
export function trustedUpfront<Each extends Priced>(
  fit: readonly Each[],
  distrusted: ReadonlyMap<string, Distrust>,
): Each[] {
  const left = fit.filter(({ announcement: { pubkey }, priceUnits }) =>
    priceUnits === 0n || !distrusted.has(pubkey)
  );
  if (left.length > 0 || fit.length === 0) return left;
  const [{ announcement: { pubkey } }] = fit;
  throw new InputError(
    DISTRUSTED,
    `provider ${shortKey(pubkey)} is not paid upfront, because ${
      WHY_DISTRUSTED[distrusted.get(pubkey)!]
    }`,
    {
      suggestion:
        `Use --payment on-delivery or --payment metered, or choose another provider; 'crosstown provider trust ${pubkey}' shows why, and --provider with --payment upfront pays it nevertheless, within the limit for strangers`,
    },
  );
}
