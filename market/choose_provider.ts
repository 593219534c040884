/**
 * Which provider gets a job: of those that serve its kind, tags, platform and requirements within the bid the cheapest, or the one that
 * the buyer prefers by its own jobs (standing.ts); of equals the lowest key, so that the choice is the same for the same announcements. Who did not take a job since it announced itself comes after all
 * others, and the buyer's own key never.
 *
 * @module
 */
import { formatUnits, typedUnits, UNITS } from "../protocols/ilp/asset.ts";
import { type Announcement, isFresh, meters, priceOfKind } from "./announcement.ts";
import type { SpendingLimits } from "../money/payer/spending_limits.ts";
import { providersAtLimit } from "./job_budget.ts";
import { meets, type Requirement, requirementsText } from "./requirement.ts";
import { byPreference, NO_STANDING, type Preference, type Standing } from "./standing.ts";
import { sellsOnDelivery } from "./offer.ts";
import { InputError } from "./packing/input_error.ts";
import { unannounced } from "./unannounced.ts";

/** What a job wants of its provider. */
export interface Wanted {
  /** The request's kind. */
  readonly kind: number;
  /** How the job is called, for errors. */
  readonly type: string;
  /** `t` tags that the provider must have, all of them. */
  readonly tags: readonly string[];
  /** e.g. `linux/amd64`; null is any. */
  readonly platform: string | null;
  /** What its announcement must say; nothing unless told. */
  readonly requirements?: readonly Requirement[];
  /** Why the request does not fit what a provider announces of its inputs; null where it fits. Not asked unless told. */
  readonly misfit?: (announcement: Announcement) => string | null;
  /** Whether only those fit that take private jobs. */
  readonly privately?: boolean;
  /** Whether only those fit that take nothing for it, deliver before they are paid, or are paid while it runs. */
  readonly payment?: "free" | "on-delivery" | "metered";
  /** Who sold a key that opened nothing: asked only where it is named. */
  readonly breakers?: readonly string[];
  /** Who comes first of those that fit, and how they did so far; the cheapest unless told. */
  readonly preferred?: {
    readonly by: Preference;
    readonly standings: ReadonlyMap<string, Standing>;
  };
  /** The most to be paid to the provider, in units; null where the buyer named none. */
  readonly bidUnits: bigint | null;
  /** What the relay takes for the request: the rest of the job's total, for errors; 0 unless told. */
  readonly writeUnits?: bigint;
  /** What must be sent so that this price arrives at that address, hop fees included; the price itself unless told. */
  readonly grossUnits?: (priceUnits: bigint, ilpAddress: string) => bigint;
  /** Bytes of the signed request as it is sent in the payment. */
  readonly sizeBytes: number;
  /** What a provider is paid at most where there is no bid, {@link UNASKED_UNITS} unless told. */
  readonly unaskedUnits?: bigint;
  /** The one provider that is wanted. */
  readonly provider: string | null;
  /** Whether relay writes go free: then a provider that is named needs no announcement, and is asked unpaid. */
  readonly freeWrites?: boolean;
  /** What providers may be paid in a day, and were paid so far; no limit unless told. */
  readonly spent?: {
    readonly limits: SpendingLimits;
    readonly paidToday: Readonly<Record<string, bigint>>;
  };
  /** The buyer's own key: nobody buys from itself. */
  readonly own?: string;
  /** Who did not take a job lately, and when. */
  readonly passedOver?: readonly { readonly provider: string; readonly atMs: number }[];
}

/** A choice. */
export interface Chosen {
  /** Who. */
  readonly announcement: Announcement;
  /** For how much, base units, hop fees included. */
  readonly priceUnits: bigint;
  /** It did not take a job since it announced itself. */
  readonly silent?: true;
  /** What its announcement lacks, for people, where it is asked unpaid because of that. */
  readonly lacks?: string;
}

/**
 * Chooses: who is asked, and after it everybody else whom the bid covers, in the order in which they are asked. Throws InputError
 * `no_provider` (nobody serves it; says what was seen), `ceiling` (each that does was paid too much today), `bid_too_low` (says the
 * lowest price) or `bid_needed` (nobody named a bid, and the lowest price is above {@link UNASKED_UNITS}).
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
      `provider ${short(wanted.provider)} ${
        stale
          ? "has not been heard of lately"
          : `announces no ${wanted.type} (kind ${wanted.kind}) on this relay`
      }`,
      {
        suggestion:
          `'crosstown provider show ${wanted.provider}' says what it serves; leave --provider out to ask another one`,
      },
    );
  }
  let fit = asked.flatMap((announcement): Chosen[] => {
    const announced = priceOfKind(announcement.prices, wanted.kind, wanted.sizeBytes);
    // The least that a metered job costs: one increment. Its quote says what it is.
    const priceUnits = announced !== null && wanted.payment === "metered"
      ? (announced + 3n) / 4n
      : announced;
    if (priceUnits === null || priceUnits > 0n && announcement.ilpAddress === null) return [];
    if (wanted.platform !== null && announcement.platform !== wanted.platform) return [];
    if (!wanted.tags.every((tag) => announcement.tags.includes(tag))) return [];
    if (!meets(announcement, wanted.requirements ?? [])) return [];
    if (wanted.payment === "free" && priceUnits > 0n) return [];
    if (wanted.payment === "on-delivery" && !sellsOnDelivery(announcement.offer)) return [];
    if (wanted.payment === "metered" && !meters(announcement, wanted.kind)) return [];
    if (wanted.privately === true && announcement.offer?.privateJobs !== true) return [];
    const { grossUnits = (net: bigint) => net } = wanted;
    const paidUnits = grossUnits(priceUnits, announcement.ilpAddress ?? "");
    return [{ announcement, priceUnits: paidUnits }];
  });
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
  // Who did not take a job comes last until it is heard of again.
  const silent = ({ announcement: { pubkey, createdAtS } }: Chosen) =>
    (wanted.passedOver ?? []).some(({ provider, atMs }) =>
      provider === pubkey && atMs >= createdAtS * 1000
    );
  const standingOf = ({ announcement: { pubkey } }: Chosen) =>
    wanted.preferred?.standings.get(pubkey) ?? NO_STANDING;
  const within = payable.filter(({ priceUnits }) => priceUnits <= mostUnits)
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

/** A provider that was named where writes go free, and whose announcement does not say how it is paid, or is not there. */
function askedUnpaid(
  announcements: readonly Announcement[],
  { provider, freeWrites, kind, own, privately }: Wanted,
  nowS: number,
): Chosen | null {
  if (provider === null || freeWrites !== true || provider === own) return null;
  // Nobody who announces nothing is known to open wraps.
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

/** Why a provider that serves a kind cannot be paid for it; null where it can be, or does not serve it. */
function lackOf(
  { prices, unpriced, ilpAddress, offline }: Announcement,
  kind: number,
): string | null {
  if (offline) return "has withdrawn its announcement";
  if (unpriced.includes(kind)) return "names no price in units";
  const price = prices.find((each) => each.kind === kind);
  const priced = price !== undefined && price.flatUnits + price.unitsPerKib > 0n;
  return priced && ilpAddress === null ? "names a price and no ILP address" : null;
}

/** What a provider is paid at most where the buyer named no bid: a stranger's announcement sets no price by itself. */
const UNASKED_UNITS = 250_000n;

/** The tag of the bid itself may make the request some bytes longer. */
function roundedUp(units: bigint): bigint {
  return (units / 1_000n + 2n) * 1_000n;
}

/** `others`: of how many an announcement was seen that does not hold any more. */
function noProvider(
  asked: readonly Announcement[],
  others: number,
  wanted: Wanted,
): InputError {
  const what = [
    wanted.type,
    ...(wanted.platform === null ? [] : [`on ${wanted.platform}`]),
    ...(wanted.tags.length === 0 ? [] : [`tagged ${wanted.tags.join(", ")}`]),
    ...(wanted.payment ? [PAID[wanted.payment]] : []),
    ...(wanted.privately === true ? ["that takes private jobs"] : []),
    ...(wanted.requirements?.length ? [`with ${requirementsText(wanted.requirements)}`] : []),
  ].join(" ");
  const seen = asked.slice(0, 5).map((each) => {
    const { pubkey, prices, unpriced, platform, tags } = each;
    const kinds = [...prices.map(({ kind }) => kind), ...unpriced].slice(0, 32);
    const lacks = lackOf(each, wanted.kind);
    return `${short(pubkey)} (${platform ?? "any platform"}, kinds ${kinds.join(" ") || "none"}${
      tags.length > 0 ? `, tags ${tags.slice(0, 8).join(" ")}` : ""
    }${lacks === null ? "" : `; it ${lacks}`})`;
  });
  const more = asked.length > seen.length ? ` and ${asked.length - seen.length} more` : "";
  const old = others === 0 ? "" : `, and ${others} not heard of lately`;
  const list = (seen.length === 0 ? "nobody" : `${seen.join("; ")}${more}`) + old;
  return new InputError("no_provider", `no provider for ${what}; seen: ${list}`, {
    suggestion: wanted.freeWrites &&
        (others > 0 || asked.some((each) => lackOf(each, wanted.kind) !== null))
      ? "Name one with --provider: the request goes to it unpaid, and 'crosstown job status' shows its price"
      : wanted.provider !== null
      ? "Leave --provider out, or name another one"
      : "Start one with 'crosstown node up', or try again later",
  });
}

/** How jobs are paid, for errors. */
const PAID = { free: "for nothing", "on-delivery": "on delivery", metered: "while they run" };

function short(pubkey: string): string {
  return `${pubkey.slice(0, 8)}...`;
}
