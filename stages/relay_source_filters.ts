/**
 * A buyer's subscription to its relay: the given filters, and results of every other kind for which the store has an unfinished job, as
 * soon as it has one.
 *
 * @module
 */
import type { Filter } from "../protocols/nostr/filter.ts";
import {
  BACKDATED_S,
  GIFT_WRAP_KIND,
  isJobRequestKind,
  resultKindOf,
} from "../protocols/nostr/kinds.ts";
import { splitFilter } from "../protocols/nostr/split_filter.ts";
import type { Store } from "../store/store.ts";
import type { StageContext } from "./stage.ts";

/** Filters that grow with the store's open jobs. */
interface OpenJobFilters {
  /** The current filters. */
  filters(): readonly Filter[];
  /** Waits for jobs of other kinds until the stage ends, and reports the new filters. Never rejects. */
  follow(tell: (filters: readonly Filter[]) => void): Promise<void>;
}

/** Gift wraps for a key. Their `created_at` may be set back, so `since` is earlier. */
function wrapsFor(key: string, sinceS: number | undefined): Filter {
  const filter = { kinds: [GIFT_WRAP_KIND], "#p": [key] };
  return sinceS === undefined ? filter : { ...filter, since: Math.max(0, sinceS - BACKDATED_S) };
}

/** How long one question to the store waits. The commit of a job ends the wait. */
const WAIT_MS = 30_000;

/** Reads the store once; rejects if it cannot be read. Held: the kinds of requests that were ever open, at most 1,000. */
export async function openJobFilters(
  { pubkey, answersKey }: {
    readonly pubkey: string;
    /** The key to which answers to private jobs are wrapped; subscribed to once there was such a job. */
    readonly answersKey?: string;
  },
  given: readonly Filter[],
  store: Partial<Pick<Store, "openKinds">> | undefined,
  { signal, log }: Pick<StageContext, "signal" | "log">,
): Promise<OpenJobFilters> {
  const openKinds = store?.openKinds?.bind(store);
  if (openKinds === undefined) throw new TypeError("relaySource needs a store for open jobs");
  const heard = given.filter((filter) => filter["#p"]?.includes(pubkey) && !filter["#e"]);
  const since = Math.min(...heard.map((filter) => filter.since ?? 0));
  const asked = new Set(heard.flatMap(({ kinds = [] }) => kinds));
  const known = new Set<number>();
  const more = (): number[] =>
    [...known].filter(isJobRequestKind).map(resultKindOf).filter((kind) => !asked.has(kind));
  const filters = (): readonly Filter[] => {
    const kinds = more();
    const from = Number.isFinite(since) ? { since } : {};
    const open: Filter = { kinds, "#p": [pubkey], ...from };
    return [
      ...given,
      ...kinds.length === 0 ? [] : splitFilter(open),
      ...answersKey !== undefined && known.has(GIFT_WRAP_KIND)
        ? [wrapsFor(answersKey, from.since)]
        : [],
    ];
  };
  /** Number of kinds in addition to the given filters. */
  const wanted = () => more().length + Number(known.has(GIFT_WRAP_KIND));
  const look = async (waitMs: number): Promise<boolean> => {
    const before = wanted();
    for (const kind of await openKinds("buyer", [...known], waitMs)) known.add(kind);
    return wanted() > before;
  };
  await look(0);
  return {
    filters,
    async follow(tell) {
      while (!signal.aborted) {
        try {
          if (await look(WAIT_MS) && !signal.aborted) tell(filters());
        } catch (error) {
          if (!signal.aborted) {
            const message = error instanceof Error ? error.message : String(error);
            log("error", "kinds of open jobs cannot be read", { error: message });
          }
          return;
        }
      }
    },
  };
}
