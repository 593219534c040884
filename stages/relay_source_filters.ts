/**
 * What a buyer asks its relay for: the filters it was started with, and the results of every other kind of which the store has an
 * unfinished job, from the moment at which it has it.
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
  /** As they are now. */
  filters(): readonly Filter[];
  /** Waits for jobs of other kinds until the stage ends, and tells the filters then. Never rejects. */
  follow(tell: (filters: readonly Filter[]) => void): Promise<void>;
}

/** Gift wraps for a key, also those that say that they are older than they are. */
function wrapsFor(key: string, sinceS: number | undefined): Filter {
  const filter = { kinds: [GIFT_WRAP_KIND], "#p": [key] };
  return sinceS === undefined ? filter : { ...filter, since: Math.max(0, sinceS - BACKDATED_S) };
}

/** How long one question to the store waits; it is woken by the commit of a job. */
const WAIT_MS = 30_000;

/** Looks into the store once. Rejects where it cannot be read. Held: the kinds of requests that were ever seen open, at most 1,000. */
export async function openJobFilters(
  { pubkey, answersKey }: {
    readonly pubkey: string;
    /** For which answers to private jobs are wrapped; they are asked for once there was such a job. */
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
  /** How many kinds are asked for beside those that were given. */
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
            log("error", "kinds of open jobs are unknown", { error: message });
          }
          return;
        }
      }
    },
  };
}
