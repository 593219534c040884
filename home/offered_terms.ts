/**
 * What skills add to a provider's offer: how jobs of each kind are paid, how long they may run, and the base images that are here.
 *
 * @module
 */
import { allowsMode, type KindPrice } from "../market/announcement.ts";
import type { Offer } from "../market/offer.ts";
import { isJobRequestKind } from "../protocols/nostr/kinds.ts";
import type { SkillOffers } from "../skills/catalog/catalog_service.ts";

/** How this provider can be paid at all. */
interface Means {
  /** Whether it has an ILP address, at which packets arrive. */
  readonly takesPackets: boolean;
  readonly sellsOnDelivery: boolean;
  /** The price of a job over Lightning, in thousandths of a satoshi; null if none is sold in this way. */
  readonly lightningMsats: number | null;
}

/** The payment modes in the order in which they are announced. */
const MODES: readonly string[] = ["upfront", "on-delivery", "metered", "lightning", "free"];

/** The modes of all kinds together, and for which kinds a mode holds that does not hold for all. */
export function offeredModes(
  prices: readonly KindPrice[],
  means: Means,
): Pick<Offer, "modes" | "modeKinds"> {
  const each = prices.map((price) => ({ kind: price.kind, modes: modesOf(price, means) }));
  const kindsOf = (mode: string) =>
    each.filter(({ modes }) => modes.includes(mode)).map(({ kind }) => kind);
  const modes = MODES.filter((mode) => kindsOf(mode).length > 0);
  return {
    modes,
    modeKinds: modes.map((mode) => ({ mode, kinds: kindsOf(mode) }))
      .filter(({ kinds }) => kinds.length < prices.length),
  };
}

/** Kinds that are sold, and that nobody can pay for: their owner allows only modes that are not possible here. */
export function unpayableKinds(prices: readonly KindPrice[], means: Means): number[] {
  return prices.filter((price) => price.modes !== undefined && modesOf(price, means).length === 0)
    .map(({ kind }) => kind);
}

function modesOf(
  price: KindPrice,
  { takesPackets, sellsOnDelivery, lightningMsats }: Means,
): string[] {
  const { flatUnits, unitsPerKib, tokens, increment } = price;
  if (flatUnits + unitsPerKib === 0n && tokens === undefined) return ["free"];
  const possible = [
    ...takesPackets ? ["upfront"] : [],
    ...sellsOnDelivery ? ["on-delivery"] : [],
    ...increment === undefined ? [] : ["metered"],
    ...lightningMsats === null ? [] : ["lightning"],
  ];
  return possible.filter((mode) => allowsMode(price, mode));
}

/** The longest run of each kind, grouped by seconds. */
export function runLimits({ skills }: Pick<SkillOffers, "skills">): Offer["runLimits"] {
  const kinds = new Map<number, number[]>();
  for (const { kinds: served, timeoutS } of skills) {
    if (timeoutS === undefined) continue;
    kinds.set(timeoutS, [...kinds.get(timeoutS) ?? [], ...served.filter(isJobRequestKind)]);
  }
  return [...kinds].filter(([, of]) => of.length > 0)
    .map(([seconds, of]) => ({ seconds, kinds: of }));
}

/** The base images that are on this machine, by the names of their files without `.tar`. */
export function cachedBases({ skills }: Pick<SkillOffers, "skills">): string[] {
  return [...new Set(skills.flatMap(({ builds }) => builds?.bases ?? []))]
    .map((file) => file.replace(/\.tar$/, "")).sort().slice(0, MAX_BASES);
}

/** Each of them is paid for at each heartbeat. */
const MAX_BASES = 16;
