/**
 * Chooses the provider of a job. Candidates serve its kind, tags, platform and requirements within the bid. The cheapest wins, or the one
 * that the buyer prefers because of its own jobs (standing.ts). Among equals the lowest key wins, so the same announcements give the same
 * choice. Providers that did not accept a job since their last announcement come last. So do those that were paid and gave no result, and
 * for an hour those whose payment was refused, whenever they announced themselves, and those that are not trusted. The buyer's own key is
 * never chosen.
 *
 * @module
 */
import { formatUnits, typedUnits, UNITS } from "../protocols/ilp/asset.ts";
import type { NostrEvent } from "../protocols/nostr/event.ts";
import { type Announcement, isFresh, meters, priceOfKind } from "./announcement.ts";
import type { SpendingLimits } from "../money/payer/spending_limits.ts";
import { REFUSED_PAYMENT_MS } from "../store/job_attempt_row.ts";
import type { PassedOver } from "../store/store.ts";
import type { StrangersRoom } from "../money/payer/strangers_room.ts";
import { providersAtLimit, strangersAtLimit } from "./job_budget.ts";
import { meets, type Requirement } from "./requirement.ts";
import { byPreference, NO_STANDING, type Preference, type Standing } from "./standing.ts";
import type { Distrust } from "../store/stranger_part.ts";
import { trustedUpfront } from "./distrusted.ts";
import { sellsOnDelivery } from "./offer.ts";
import { InputError } from "./packing/input_error.ts";
import { lackOf, noProvider, shortKey } from "./no_provider.ts";
import { takingUpfront } from "./taking_upfront.ts";
import { unannounced } from "./unannounced.ts";

/** What a job requires of its provider. */
export interface Wanted {
  /** The request's kind. */
  readonly kind: number;
  /** The job type, for error messages. */
  readonly type: string;
  /** `t` tags that the provider must have, all of them. */
  readonly tags: readonly string[];
  /** The platform, e.g. `linux/amd64`. Null accepts any. */
  readonly platform: string | null;
  /** What the announcement must state. Default: nothing. */
  readonly requirements?: readonly Requirement[];
  /** Returns why the request does not match the provider's announced inputs, or null if it does. Default: not checked. */
  readonly misfit?: (announcement: Announcement) => string | null;
  /** True if only providers that accept private jobs fit. */
  readonly privately?: boolean;
  /** Only providers fit that are free, deliver before they are paid, or are paid while the job runs. Default: any payment. */
  readonly payment?: "free" | "on-delivery" | "metered";
  /** Providers that sold a key which did not open their result. They are chosen only if the buyer names them. */
  readonly breakers?: readonly string[];
  /** Providers that are not trusted, and why: they come last, and are not paid upfront. Default: nobody. */
  readonly distrusted?: ReadonlyMap<string, Distrust>;
  /** True if the buyer named both the provider and payment upfront. Then it is paid so, also if it is not trusted. */
  readonly insisted?: boolean;
  /** The preference by which the candidates are sorted, and the standings of providers so far. Default: the cheapest first. */
  readonly preferred?: {
    readonly by: Preference;
    readonly standings: ReadonlyMap<string, Standing>;
  };
  /** The most that the provider may be paid, in units. Null if the buyer gave no bid. */
  readonly bidUnits: bigint | null;
  /** The relay's price for the request, which is the rest of the job's total. Used in error messages. Default: 0. */
  readonly writeUnits?: bigint;
  /** The amount that must be sent so that this price arrives at that address, hop fees included. Default: the price itself. */
  readonly grossUnits?: (priceUnits: bigint, ilpAddress: string) => bigint;
  /** The size of the signed request in the payment, in bytes. */
  readonly sizeBytes: number;
  /** The request. Without it, the most tokens count that a request of this size can use. */
  readonly request?: Pick<NostrEvent, "tags" | "content">;
  /** The most that a provider is paid if there is no bid. Default: {@link UNASKED_UNITS}. */
  readonly unaskedUnits?: bigint;
  /** The provider that the buyer named, or null. */
  readonly provider: string | null;
  /** True if relay writes are free. Then a named provider needs no announcement, and the request goes to it unpaid. */
  readonly freeWrites?: boolean;
  /** The spending limits for each provider and day, and what each was paid today. Default: no limit. */
  readonly spent?: {
    readonly limits: SpendingLimits;
    readonly paidToday: Readonly<Record<string, bigint>>;
    /** What strangers may still be paid today before their result. */
    readonly strangers?: Pick<StrangersRoom, "over">;
  };
  /** The buyer's own key. A wallet cannot buy from itself. */
  readonly own?: string;
  /** Providers that did not accept a recent job, and when. `paid`: they were paid and gave no result. `refused`: their payment was refused. */
  readonly passedOver?: readonly PassedOver[];
}

/** A provider that was chosen. */
export interface Chosen {
  /** The provider's announcement. */
  readonly announcement: Announcement;
  /** Its price in base units, hop fees included. */
  readonly priceUnits: bigint;
  /** True if the provider comes last, because it did not do a recent job or is not trusted. */
  readonly silent?: true;
  /** What its announcement lacks, as text for people. Present if the request goes to it unpaid for that reason. */
  readonly lacks?: string;
}

/**
 * Returns the chosen provider, then all other candidates within the bid in the order in which they are asked. Throws InputError
 * `no_provider` (no candidate; the message says what was seen), `ceiling` (today's limit for each candidate is used up), `bid_too_low`
 * (names the lowest price) or `bid_needed` (the buyer gave no bid, and the lowest price is above {@link UNASKED_UNITS}).
 */
export function chooseProviders(
  announcements: readonly Announcement[],
  wanted: Wanted,
  nowS: number,
): readonly [Chosen, ...Chosen[]] {
  if (wanted.provider !== null && wanted.provider === wanted.own) {
    throw new InputError(
      "own_key",
      "the provider is this wallet itself: a wallet cannot buy from itself",
      {
        suggestion: "Run the provider in another home, with another wallet",
      },
    );
  }
  const fresh = announcements
    .filter((each) => isFresh(each, nowS) && each.pubkey !== wanted.own);
  const asked = wanted.provider === null
    ? fresh.filter(({ pubkey }) => wanted.breakers?.includes(pubkey) !== true)
    : fresh.filter(({ pubkey }) => pubkey === wanted.provider);
  const unpaid = askedUnpaid(announcements, wanted, nowS);
  if (unpaid !== null) return [unpaid];
  if (asked.length === 0 && wanted.provider !== null) {
    const stale = announcements.some(({ pubkey }) => pubkey === wanted.provider);
    throw new InputError(
      "no_provider",
      `provider ${shortKey(wanted.provider)} ${
        stale
          ? "has not announced itself lately"
          : `announces no ${wanted.type} (kind ${wanted.kind}) on this relay`
      }`,
      {
        suggestion:
          `'crosstown provider show ${wanted.provider}' says what it serves; leave --provider out to ask another one`,
      },
    );
  }
  let fit = asked.flatMap((announcement): Chosen[] => {
    const { kind, sizeBytes, request } = wanted;
    const announced = priceOfKind(announcement.prices, kind, sizeBytes, request);
    // The least that a metered job costs is one increment. The announcement does not state its price, so a quarter of the job's price is
    // assumed.
    const priceUnits = announced !== null && wanted.payment === "metered"
      ? (announced + 3n) / 4n
      : announced;
    if (priceUnits === null || priceUnits > 0n && announcement.ilpAddress === null) return [];
    if (wanted.platform !== null && announcement.platform !== wanted.platform) return [];
    if (!wanted.tags.every((tag) => announcement.tags.includes(tag))) return [];
    if (!meets(announcement, wanted.requirements ?? [], kind)) return [];
    if (wanted.payment === "free" && priceUnits > 0n) return [];
    if (wanted.payment === "on-delivery" && !sellsOnDelivery(announcement.offer, wanted.kind)) {
      return [];
    }
    if (wanted.payment === "metered" && !meters(announcement, wanted.kind)) return [];
    if (wanted.privately === true && announcement.offer?.privateJobs !== true) return [];
    const { grossUnits = (net: bigint) => net } = wanted;
    const paidUnits = grossUnits(priceUnits, announcement.ilpAddress ?? "");
    return [{ announcement, priceUnits: paidUnits }];
  });
  fit = takingUpfront(fit, wanted);
  const misfits = fit.map(({ announcement }) => wanted.misfit?.(announcement) ?? null);
  const [misfit] = misfits;
  if (fit.length > 0 && misfits.every((each) => each !== null)) {
    throw new InputError("bad_input", `no provider takes this input: ${misfit}`, {
      suggestion: "'crosstown provider show' says what a provider takes",
    });
  }
  fit = fit.filter((_, at) => misfits[at] === null);
  if (fit.length === 0) {
    throw noProvider(
      asked,
      announcements.filter(({ pubkey }) => pubkey !== wanted.own).length - fresh.length,
      wanted,
    );
  }
  const { spent } = wanted;
  const payable = spent === undefined
    ? fit
    : fit.filter(({ announcement, priceUnits }) =>
      priceUnits === 0n ||
      (spent.paidToday[announcement.pubkey] ?? 0n) + priceUnits <= spent.limits.providerDayUnits
    );
  if (spent !== undefined && payable.length === 0) {
    const [{ announcement: { pubkey: provider }, priceUnits }] = fit;
    const paidUnits = spent.paidToday[provider] ?? 0n;
    throw providersAtLimit({ provider, paidUnits, priceUnits }, spent.limits);
  }
  payable.sort((a, b) =>
    a.priceUnits < b.priceUnits || a.priceUnits === b.priceUnits &&
        a.announcement.pubkey < b.announcement.pubkey
      ? -1
      : 1
  );
  const [cheapest] = payable;
  const unaskedUnits = wanted.unaskedUnits ?? UNASKED_UNITS;
  const mostUnits = wanted.bidUnits ?? unaskedUnits;
  // A provider that did not accept a job comes last until it announces itself again. One that was paid for nothing comes last anyway, and so
  // does one whose payment was refused lately.
  const silent = ({ announcement: { pubkey, createdAtS } }: Chosen) =>
    wanted.distrusted?.has(pubkey) === true ||
    (wanted.passedOver ?? []).some(({ provider, atMs, paid, refused }) =>
      provider === pubkey &&
      (paid === true || refused === true && atMs > nowS * 1000 - REFUSED_PAYMENT_MS ||
        atMs >= createdAtS * 1000)
    );
  const standingOf = ({ announcement: { pubkey } }: Chosen) =>
    wanted.preferred?.standings.get(pubkey) ?? NO_STANDING;
  const within = payableUpfront(payable.filter(({ priceUnits }) => priceUnits <= mostUnits), wanted)
    .sort((a, b) => byPreference(standingOf(a), standingOf(b), wanted.preferred?.by ?? "price"));
  const [best, ...others] = [
    ...within.filter((each) => !silent(each)),
    ...within.filter(silent).map((each): Chosen => ({ ...each, silent: true })),
  ];
  if (best !== undefined) return [best, ...others];
  const asset = wanted.spent?.limits.asset ?? UNITS;
  const text = (units: bigint) => formatUnits(units, asset);
  if (wanted.bidUnits === null) {
    throw new InputError(
      "bid_needed",
      `the lowest price for ${wanted.type} is ${
        text(cheapest.priceUnits)
      }; without a bid a provider is paid at most ${text(unaskedUnits)}`,
      {
        suggestion: `If it is worth that: --bid ${
          typedUnits(roundedUp(cheapest.priceUnits + (wanted.writeUnits ?? 0n)), asset)
        }`,
      },
    );
  }
  const writeUnits = wanted.writeUnits ?? 0n;
  const total = cheapest.priceUnits + writeUnits;
  throw new InputError(
    "bid_too_low",
    `the lowest price for ${wanted.type} is ${text(total)} in all (${
      text(cheapest.priceUnits)
    } for the provider, ${text(writeUnits)} for the relay), the bid is ${
      text(wanted.bidUnits + writeUnits)
    }`,
    { suggestion: `Bid more, e.g. --bid ${typedUnits(roundedUp(total), asset)}` },
  );
}

/**
 * Leaves out the providers that are not trusted, and those that would be paid more before their result than strangers may be paid today.
 * Throws InputError `distrusted` or `strangers` if none is left. In other modes only a quote says what is paid before the result.
 */
function payableUpfront(fit: readonly Chosen[], wanted: Wanted): Chosen[] {
  const { payment, spent, distrusted = new Map(), insisted } = wanted;
  const { strangers, limits } = spent ?? {};
  if (payment === "on-delivery" || payment === "metered") return [...fit];
  const some = insisted === true ? fit : trustedUpfront(fit, distrusted);
  if (strangers === undefined) return [...some];
  const above = some.map(({ announcement: { pubkey }, priceUnits }) =>
    strangers.over(pubkey, priceUnits)
  );
  const [first] = above;
  if (first !== undefined && first !== null && !above.includes(null)) {
    throw strangersAtLimit(some[0].announcement.pubkey, first, limits ?? {});
  }
  return some.filter((_, at) => above[at] === null);
}

/** A named provider on a network with free relay writes, if its announcement is missing or does not say how it is paid. */
function askedUnpaid(
  announcements: readonly Announcement[],
  { provider, freeWrites, kind, own, privately }: Wanted,
  nowS: number,
): Chosen | null {
  if (provider === null || freeWrites !== true || provider === own) return null;
  // Without an announcement it is not known whether the provider can open gift wraps.
  if (privately === true) return null;
  const announced = announcements.find(({ pubkey }) => pubkey === provider);
  if (announced === undefined) {
    return { announcement: unannounced(provider, nowS), priceUnits: 0n, lacks: "is not announced" };
  }
  const lacks = lackOf(announced, kind);
  return lacks === null || announced.offline
    ? null
    : { announcement: announced, priceUnits: 0n, lacks };
}

/** The most that a provider is paid if the buyer gave no bid. So a stranger's announcement alone cannot set a high price. */
const UNASKED_UNITS = 250_000n;

/** Rounded up, because the bid's own tag can make the request some bytes longer. */
function roundedUp(units: bigint): bigint {
  return (units / 1_000n + 2n) * 1_000n;
}
