/**
 * Turns announcements and the home's own history into what `crosstown provider` prints. Pure: rows in, rows out.
 *
 * @module
 */
import { type Announcement, isFresh, priceOfKind } from "../../market/announcement.ts";
import { typeOfKind } from "../../protocols/nostr/kinds.ts";
import { NO_OFFER, type Offer } from "../../market/offer.ts";
import { meets, type Requirement } from "../../market/requirement.ts";
import { byPreference, NO_STANDING, type Standing } from "../../market/standing.ts";

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
interface ShownPrice {
  readonly kind: number;
  readonly type: string | null;
  readonly flat_units: bigint;
  readonly units_per_kib: bigint;
  /** The price of a request of the asked size. */
  readonly price_units: bigint;
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

/** An offer in JSON. */
interface ShownOffer {
  readonly cpus: number | null;
  readonly memory_bytes: number | null;
  readonly disk_bytes: number | null;
  readonly engines: readonly string[];
  readonly payment_modes: readonly string[];
  readonly quotes: boolean;
  readonly private_jobs: boolean;
  readonly limits: Readonly<Record<string, number>>;
  readonly queue: Offer["queue"];
  /** The benchmark that the provider ran on its own machine. */
  readonly benchmark: ShownBenchmark | null;
  readonly relays: readonly string[];
  readonly version: string | null;
}

/** A provider's own benchmark figures in JSON. */
interface ShownBenchmark {
  readonly measured_at: string;
  readonly cpu_bytes_s: number | null;
  readonly cpus_bytes_s: number | null;
  readonly disk_bytes_s: number | null;
  readonly sandbox_ms: number | null;
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
    prices: prices.map(({ kind, flatUnits, unitsPerKib }) => ({
      kind,
      type: typeOfKind(kind) ?? null,
      flat_units: flatUnits,
      units_per_kib: unitsPerKib,
      price_units: priceOfKind(prices, kind, bytes) ?? 0n,
    })),
    unpriced: announcement.unpriced,
    offer: shownOffer(announcement.offer ?? NO_OFFER),
    history: historyOf(standings.get(pubkey) ?? NO_STANDING),
  };
}

function shownOffer(offer: Offer): ShownOffer {
  const { cpus, memoryBytes, diskBytes, engines, modes, limits, queue, relays, version } = offer;
  return {
    cpus,
    memory_bytes: memoryBytes,
    disk_bytes: diskBytes,
    engines,
    payment_modes: modes,
    quotes: offer.quotes,
    private_jobs: offer.privateJobs,
    limits,
    queue,
    benchmark: shownBenchmark(offer.benchmark),
    relays,
    version,
  };
}

function shownBenchmark(benchmark: Offer["benchmark"]): ShownBenchmark | null {
  return benchmark === null ? null : {
    measured_at: new Date(benchmark.atS * 1_000).toISOString(),
    cpu_bytes_s: benchmark.cpuBytesS,
    cpus_bytes_s: benchmark.cpusBytesS,
    disk_bytes_s: benchmark.diskBytesS,
    sandbox_ms: benchmark.sandboxMs,
  };
}

function historyOf({ jobs, succeeded, medianMs, score }: Standing): History {
  return { jobs, succeeded, median_ms: medianMs, score: rounded(score) };
}

function benchmarkOf({ benchmark }: ShownOffer): Offer["benchmark"] {
  return benchmark === null ? null : {
    atS: Date.parse(benchmark.measured_at) / 1_000,
    cpuBytesS: benchmark.cpu_bytes_s,
    cpusBytesS: benchmark.cpus_bytes_s,
    diskBytesS: benchmark.disk_bytes_s,
    sandboxMs: benchmark.sandbox_ms,
  };
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
    .filter(({ platform, sandbox, offer }) =>
      meets({
        platform,
        sandbox,
        offer: {
          ...NO_OFFER,
          cpus: offer.cpus,
          memoryBytes: offer.memory_bytes,
          diskBytes: offer.disk_bytes,
          engines: offer.engines,
          modes: offer.payment_modes,
          benchmark: benchmarkOf(offer),
        },
      }, choice.requirements)
    )
    .filter(({ sandbox }) => !sandboxed || sandbox !== null && sandbox !== "none")
    .filter((each) => {
      const units = unitsOf(each, kind);
      return maxUnits === null || units !== null && units <= maxUnits;
    })
    .sort((a, b) => inOrder(a, b, choice) || (a.pubkey < b.pubkey ? -1 : 1));
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
