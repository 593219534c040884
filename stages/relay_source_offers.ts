/**
 * A provider's subscription to its relay: requests of the kinds of its skills, messages of other kinds that a skill accepts, and deletions
 * that name the provider.
 *
 * @module
 */
import type { Filter } from "../protocols/nostr/filter.ts";
import {
  backdatedS,
  DELETION_KIND,
  GIFT_WRAP_KIND,
  isJobRequestKind,
  isMarketKind,
} from "../protocols/nostr/kinds.ts";
import { splitFilter } from "../protocols/nostr/split_filter.ts";
import type { OfferedSkill, SkillCatalog, SkillOffers } from "../skills/catalog/catalog_service.ts";
import type { StageContext } from "./stage.ts";

/** The provider, the start of the subscription, and whether it is by tag. */
export interface OfferFilterOptions {
  /** The provider's key in hex; addressed messages name it. */
  readonly pubkey: string;
  /** Seconds since the epoch. */
  readonly sinceS: number;
  /**
   * The owner's tags. With it, only requests are subscribed to that have one of these tags or a tag of a skill (`#t`), or that name the
   * provider. Absent: all requests of the skills' kinds.
   */
  readonly byTags?: readonly string[];
}

/** The filters for these skills. */
export function offerFilters(
  skills:
    readonly (Pick<OfferedSkill, "kinds" | "addressed"> & Partial<Pick<OfferedSkill, "tags">>)[],
  { pubkey, sinceS, byTags }: OfferFilterOptions,
): Filter[] {
  const kinds = (wanted: (kind: number, addressed: boolean) => boolean): number[] => [
    ...new Set(
      skills.flatMap(({ kinds, addressed }) => kinds.filter((kind) => wanted(kind, addressed))),
    ),
  ];
  const requests = kinds(isJobRequestKind);
  const open = kinds((kind, addressed) => !isMarketKind(kind) && !addressed);
  const own = kinds((kind, addressed) => !isMarketKind(kind) && addressed);
  const filters: Filter[] = [
    ...requestFilters(requests, skills.flatMap(({ tags = [] }) => tags), {
      pubkey,
      sinceS,
      byTags,
    }),
    { kinds: open, since: sinceS },
    { kinds: own.filter((kind) => kind !== GIFT_WRAP_KIND), since: sinceS, "#p": [pubkey] },
    // Gift wraps need their own filter, because their `created_at` may be set back. Private jobs also come in them.
    {
      kinds: requests.length > 0 || own.includes(GIFT_WRAP_KIND) ? [GIFT_WRAP_KIND] : [],
      since: sinceS,
      "#p": [pubkey],
    },
    // Deletions of buyers that cancel their jobs.
    { kinds: requests.length === 0 ? [] : [DELETION_KIND], since: sinceS, "#p": [pubkey] },
  ];
  return filters.filter((filter) => filter.kinds!.length > 0)
    .map((filter) => ({ ...filter, since: Math.max(0, filter.since! - backdatedS(filter)) }))
    .flatMap(splitFilter);
}

function requestFilters(
  kinds: readonly number[],
  skillTags: readonly string[],
  { pubkey, sinceS, byTags }: OfferFilterOptions,
): Filter[] {
  const all = { kinds, since: sinceS };
  if (byTags === undefined) return [all];
  const tags = [...new Set([...skillTags, ...byTags])];
  return [{ ...all, "#p": [pubkey] }, ...tags.length === 0 ? [] : [{ ...all, "#t": tags }]];
}

/** Filters that follow the skills. */
interface OfferedFilters {
  /** The filters at the start. */
  readonly filters: readonly Filter[];
  /** Reports the filters after each change, until the stage ends. Never rejects. */
  follow(tell: (filters: readonly Filter[]) => void): Promise<void>;
}

/** How long one question to the catalog waits. */
const WAIT_MS = 30_000;

/** Asks the catalog once; rejects if that fails. */
export async function offeredFilters(
  options: OfferFilterOptions,
  offers: Pick<SkillCatalog, "changed"> | null | undefined,
  { signal, log }: Pick<StageContext, "signal" | "log">,
): Promise<OfferedFilters> {
  if (!offers) throw new TypeError("relaySource needs the skill catalog to follow offers");
  const filtersOf = ({ skills, owner }: Pick<SkillOffers, "skills" | "owner">) =>
    offerFilters(skills, {
      ...options,
      ...options.byTags !== undefined && { byTags: owner?.tags ?? options.byTags },
    });
  const first = await offers.changed(0, 0);
  return {
    filters: filtersOf(first),
    async follow(tell) {
      let told = JSON.stringify(filtersOf(first));
      for (let version = first.version; !signal.aborted;) {
        try {
          const now = await offers.changed(version, WAIT_MS);
          version = now.version;
          const filters = filtersOf(now);
          if (signal.aborted || JSON.stringify(filters) === told) continue;
          told = JSON.stringify(filters);
          tell(filters);
        } catch (error) {
          if (!signal.aborted) {
            const message = error instanceof Error ? error.message : String(error);
            log("error", "changes of skills are no longer followed", { error: message });
          }
          return;
        }
      }
    },
  };
}
