/**
 * Announcements and own history as what `crosstown provider` prints. Pure: rows in, rows out.
 *
 * @module
 */
import { type Announcement, isFresh, priceOfKind } from "../../market/announcement.ts";
import { typeOfKind } from "../../protocols/nostr/kinds.ts";
import { isEnded } from "../../protocols/job_status.ts";
import type { JobRow } from "../../store/job_row.ts";

/** How a provider's jobs for this home went. */
interface History {
  /** That are over. */
  readonly jobs: number;
  /** Of them, with a result whose run succeeded. */
  readonly succeeded: number;
  /** Of those, the middle one from request to result; null where there is none. */
  readonly median_ms: number | null;
}

/** What one kind costs at a provider. */
interface ShownPrice {
  readonly kind: number;
  readonly type: string | null;
  readonly flat_units: bigint;
  readonly units_per_kib: bigint;
  /** For a request of the asked size. */
  readonly price_units: bigint;
}

/** A provider as it is printed. */
export interface ShownProvider {
  readonly pubkey: string;
  readonly name: string;
  readonly about: string;
  readonly platform: string | null;
  readonly sandbox: string | null;
  readonly tags: readonly string[];
  readonly ilp_address: string | null;
  /** `serving`, `silent` (its heartbeat is overdue) or `withdrawn`. */
  readonly state: "serving" | "silent" | "withdrawn";
  readonly heard_at: string;
  readonly prices: readonly ShownPrice[];
  /** Kinds that it serves for a price that it does not tell in units. */
  readonly unpriced: readonly number[];
  readonly history: History;
}

/** Which providers, and in which order. */
export interface Choice {
  readonly kind: number | null;
  readonly tags: readonly string[];
  readonly platform: string | null;
  readonly sandboxed: boolean;
  readonly maxUnits: bigint | null;
  readonly sort: "price" | "heard" | "history";
  readonly all: boolean;
}

/** A provider's announcement with what this home knows. */
export function shownProvider(
  announcement: Announcement,
  jobs: readonly Pick<JobRow, "provider" | "status" | "exitCode" | "createdAtMs" | "updatedAtMs">[],
  { bytes, nowMs }: { readonly bytes: number; readonly nowMs: number },
): ShownProvider {
  const { pubkey, name, about, platform, sandbox, tags, ilpAddress, prices } = announcement;
  return {
    pubkey,
    name,
    about,
    platform,
    sandbox,
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
    history: historyOf(jobs.filter(({ provider }) => provider === pubkey)),
  };
}

function historyOf(
  jobs: readonly Pick<JobRow, "status" | "exitCode" | "createdAtMs" | "updatedAtMs">[],
): History {
  const over = jobs.filter(({ status }) => isEnded(status) && status !== "cancelled");
  const well = over.filter(({ status, exitCode }) => status === "success" && (exitCode ?? 0) === 0);
  const times = well.map(({ createdAtMs, updatedAtMs }) => updatedAtMs - createdAtMs)
    .sort((a, b) => a - b);
  return {
    jobs: over.length,
    succeeded: well.length,
    median_ms: times.length === 0 ? null : times[Math.floor(times.length / 2)],
  };
}

/** Those that fit, in the wanted order; of equals the lower key first. */
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
    .filter(({ sandbox }) => !sandboxed || sandbox !== null && sandbox !== "none")
    .filter((each) => {
      const units = unitsOf(each, kind);
      return maxUnits === null || units !== null && units <= maxUnits;
    })
    .sort((a, b) => inOrder(a, b, choice) || (a.pubkey < b.pubkey ? -1 : 1));
}

/** What a provider takes for the kind, or for its cheapest one; null where it does not tell. */
export function unitsOf({ prices }: ShownProvider, kind: number | null): bigint | null {
  const units = prices.filter((one) => kind === null || one.kind === kind)
    .map(({ price_units }) => price_units);
  return units.length === 0 ? null : units.reduce((least, each) => each < least ? each : least);
}

function inOrder(a: ShownProvider, b: ShownProvider, { sort, kind }: Choice): number {
  if (sort === "heard") return Date.parse(b.heard_at) - Date.parse(a.heard_at);
  if (sort === "history") return share(b) - share(a) || b.history.jobs - a.history.jobs;
  const [unitsA, unitsB] = [unitsOf(a, kind), unitsOf(b, kind)];
  if (unitsA === null || unitsB === null) return Number(unitsA === null) - Number(unitsB === null);
  return unitsA < unitsB ? -1 : unitsA > unitsB ? 1 : 0;
}

/** One without history stands between one that failed more often than not and one that did not. */
function share({ history: { jobs, succeeded } }: ShownProvider): number {
  return (succeeded + 1) / (jobs + 2);
}
