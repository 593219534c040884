/**
 * Turns announcements and the home's own history into what `crosstown provider` prints. Pure: rows in, rows out.
 *
 * @module
 */
import { type ShownTokenPrice, shownTokenPrice } from "../../shell/token_price_text.ts";
import { type Announcement, isFresh, priceOfKind } from "../../market/announcement.ts";
import { typeOfKind } from "../../protocols/nostr/kinds.ts";
import { modesOfKind, NO_OFFER, runLimitOf } from "../../market/offer.ts";
import { accessOfKind } from "../../market/kind_access.ts";
import { meets, type Requirement, sandboxOf } from "../../market/requirement.ts";
import { byPreference, NO_STANDING, type Standing } from "../../market/standing.ts";
import { requiredOf, type ShownOffer, shownOffer } from "./shown_offer.ts";

/** How a provider's jobs for this home went. */
interface History {
  /** Jobs that have ended. */
  readonly jobs: number;
  /** Jobs with a result whose run succeeded. */
  readonly succeeded: number;
  /** The median time from request to result of the successful jobs; null if there are none. */
  readonly median_ms: number | null;
  /** From 0 to 1. `provider trust` shows how it is computed. */
  readonly score: number;
}

/** The price of one kind at a provider. */
export interface ShownPrice {
  readonly kind: number;
  readonly type: string | null;
  readonly flat_units: bigint;
  readonly units_per_kib: bigint;
  /** Null if tokens cost nothing. */
  readonly tokens: ShownTokenPrice | null;
  /** The price of a request of the asked size. */
  readonly price_units: bigint;
  /** How its jobs can be paid. Empty if the provider does not say. */
  readonly payment_modes: readonly string[];
  /** The longest run in seconds; null if the provider does not say. */
  readonly run_limit_s: number | null;
  /** Whether its jobs run outside of the sandbox. */
  readonly unsandboxed: boolean;
  /** The sandbox of its jobs, if it is another than the provider's; otherwise null. */
  readonly sandbox: string | null;
  /** Whether only buyers are served whom the provider names. */
  readonly named_buyers: boolean;
}

/** A provider as it is printed. */
export interface ShownProvider {
  readonly pubkey: string;
  readonly name: string;
  readonly about: string;
  readonly platform: string | null;
  readonly sandbox: string | null;
  /** The images that it builds. */
  readonly builds: readonly { readonly platform: string; readonly emulated: boolean }[];
  readonly tags: readonly string[];
  readonly ilp_address: string | null;
  /** `serving`, `silent` (its heartbeat is overdue) or `withdrawn`. */
  readonly state: "serving" | "silent" | "withdrawn";
  readonly heard_at: string;
  readonly prices: readonly ShownPrice[];
  /** Kinds that it serves for a price that it does not state in units. */
  readonly unpriced: readonly number[];
  /** The machine, its limits and its queue, as announced. */
  readonly offer: ShownOffer;
  readonly history: History;
}

/** The filters and the order of the list. */
export interface Choice {
  readonly kind: number | null;
  readonly tags: readonly string[];
  readonly platform: string | null;
  readonly sandboxed: boolean;
  readonly requirements: readonly Requirement[];
  readonly maxUnits: bigint | null;
  readonly sort: "price" | "heard" | "latency" | "history" | "speed";
  readonly all: boolean;
}

/** Combines a provider's announcement with what this home knows. */
export function shownProvider(
  announcement: Announcement,
  standings: ReadonlyMap<string, Standing>,
  { bytes, nowMs }: { readonly bytes: number; readonly nowMs: number },
): ShownProvider {
  const { pubkey, name, about, platform, sandbox, builds, tags, ilpAddress, prices } = announcement;
  const typeOf = (kind: number) =>
    typeOfKind(kind) ?? announcement.types?.find((each) => each.kind === kind)?.type ?? null;
  return {
    pubkey,
    name,
    about,
    platform,
    sandbox,
    builds,
    tags,
    ilp_address: ilpAddress,
    state: announcement.offline
      ? "withdrawn"
      : isFresh(announcement, Math.floor(nowMs / 1_000))
      ? "serving"
      : "silent",
    heard_at: new Date(announcement.createdAtS * 1_000).toISOString(),
    prices: prices.map(({ kind, flatUnits, unitsPerKib, tokens }) => {
      const { unsandboxed, sandbox = null, namedBuyers } = accessOfKind(announcement, kind);
      return {
        kind,
        type: typeOf(kind),
        flat_units: flatUnits,
        units_per_kib: unitsPerKib,
        tokens: shownTokenPrice(tokens),
        price_units: priceOfKind(prices, kind, bytes) ?? 0n,
        payment_modes: modesOfKind(announcement.offer ?? NO_OFFER, kind),
        run_limit_s: runLimitOf(announcement.offer ?? NO_OFFER, kind),
        ...{ unsandboxed, sandbox, named_buyers: namedBuyers },
      };
    }),
    unpriced: announcement.unpriced,
    offer: shownOffer(announcement.offer ?? NO_OFFER),
    history: historyOf(standings.get(pubkey) ?? NO_STANDING),
  };
}

function historyOf({ jobs, succeeded, medianMs, score }: Standing): History {
  return { jobs, succeeded, median_ms: medianMs, score: rounded(score) };
}

/** The providers that fit, in the wanted order. Between equals, the lower key comes first. */
export function chosenProviders(
  providers: readonly ShownProvider[],
  choice: Choice,
): ShownProvider[] {
  const { kind, tags, platform, sandboxed, maxUnits, all } = choice;
  return providers
    .filter(({ state }) => all || state === "serving")
    .filter((each) =>
      kind === null || each.unpriced.includes(kind) || each.prices.some((one) => one.kind === kind)
    )
    .filter((each) => tags.every((tag) => each.tags.includes(tag)))
    .filter((each) => platform === null || each.platform === platform)
    .filter(({ platform, sandbox, offer, prices }) =>
      meets(
        {
          platform,
          sandbox,
          access: accessIn(prices),
          offer: { ...requiredOf(offer), modes: modesFor(offer, prices, kind) },
        },
        choice.requirements,
        kind,
      )
    )
    .filter((each) => !sandboxed || ![null, "none"].includes(sandboxFor(each, kind)))
    .filter((each) => {
      const units = unitsOf(each, kind);
      return maxUnits === null || units !== null && units <= maxUnits;
    })
    .sort((a, b) => inOrder(a, b, choice) || (a.pubkey < b.pubkey ? -1 : 1));
}

/** How jobs of a kind are paid, or those of any kind if none is named. */
function modesFor(
  { payment_modes }: ShownOffer,
  prices: readonly ShownPrice[],
  kind: number | null,
): readonly string[] {
  return prices.find((price) => price.kind === kind)?.payment_modes ?? payment_modes;
}

/** The sandbox of a kind, or of the provider if no kind is named; null if it does not say. */
export function sandboxFor({ sandbox, prices }: ShownProvider, kind: number | null): string | null {
  return sandboxOf({ sandbox, access: accessIn(prices) }, kind);
}

function accessIn(prices: readonly ShownPrice[]): Announcement["access"] {
  return prices.map(({ kind, unsandboxed, sandbox, named_buyers: namedBuyers }) => ({
    kind,
    unsandboxed,
    ...sandbox !== null && { sandbox },
    namedBuyers,
  }));
}

/** The part of a provider that `watch` compares. The time of its last heartbeat and its queue length do not count as changes. */
export function offerText(
  { heard_at: _at, history: _history, offer, ...rest }: ShownProvider,
): string {
  const { queue: _queue, disk_bytes: _disk, ...steady } = offer;
  return JSON.stringify(
    [rest, steady],
    (_, value) => typeof value === "bigint" ? String(value) : value,
  );
}

interface Seen {
  readonly text: string;
  readonly provider: ShownProvider;
}

interface ProviderChange {
  readonly change: "came" | "changed" | "gone";
  readonly provider: ShownProvider;
}

/** Compares two lists: which providers came, changed or went. */
export function providerChanges(
  before: ReadonlyMap<string, Seen>,
  now: ReadonlyMap<string, Seen>,
): ProviderChange[] {
  return [
    ...[...now.values()].flatMap(({ text, provider }): ProviderChange[] => {
      const earlier = before.get(provider.pubkey);
      if (earlier === undefined) return [{ change: "came", provider }];
      return earlier.text === text ? [] : [{ change: "changed", provider }];
    }),
    ...[...before.values()].filter(({ provider: { pubkey } }) => !now.has(pubkey))
      .map(({ provider }) => ({ change: "gone" as const, provider })),
  ];
}

/** The price of the kind, or of the provider's cheapest kind; null if it states no price. */
export function unitsOf({ prices }: ShownProvider, kind: number | null): bigint | null {
  const units = prices.filter((one) => kind === null || one.kind === kind)
    .map(({ price_units }) => price_units);
  return units.length === 0 ? null : units.reduce((least, each) => each < least ? each : least);
}

function inOrder(a: ShownProvider, b: ShownProvider, { sort, kind }: Choice): number {
  if (sort === "heard") return Date.parse(b.heard_at) - Date.parse(a.heard_at);
  if (sort === "speed") return speedOf(b) - speedOf(a);
  if (sort === "history" || sort === "latency") {
    return byPreference(standing(a), standing(b), sort);
  }
  const [unitsA, unitsB] = [unitsOf(a, kind), unitsOf(b, kind)];
  if (unitsA === null || unitsB === null) return Number(unitsA === null) - Number(unitsB === null);
  return unitsA < unitsB ? -1 : unitsA > unitsB ? 1 : 0;
}

/** Speed on one processor. Providers that state none come last. */
function speedOf({ offer: { benchmark } }: ShownProvider): number {
  return benchmark?.cpu_bytes_s ?? -1;
}

/** Rounds a score to three digits. */
export function rounded(score: number): number {
  return Math.round(score * 1_000) / 1_000;
}

function standing({ history: { jobs, succeeded, median_ms, score } }: ShownProvider): Standing {
  return { jobs, succeeded, medianMs: median_ms, score };
}
