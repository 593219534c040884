/**
 * Plans a buyer's job before anything is sent: chooses its provider and computes its price.
 *
 * @module
 */
import { formatUnits, UNITS, wholeUnits } from "../protocols/ilp/asset.ts";
import { grossTo } from "../protocols/ilp/fee.ts";
import { writePriceUnits } from "../protocols/nostr/write_price.ts";
import type { Pubkey } from "../protocols/nostr/event.ts";
import { awaitedKind, type Expects } from "./awaited_kind.ts";
import { GIFT_WRAP_KIND, kindOfType } from "../protocols/nostr/kinds.ts";
import { wrappedBytes } from "../protocols/nostr/private_job.ts";
import type { Profile } from "../config/profile.ts";
import type { Candidate, PassedOver } from "../store/store.ts";
import type { PutResultSchemas } from "../store/result_schema_row.ts";
import type { AnnouncedPrice } from "../protocols/nostr/announced_price.ts";
import { announcedSchemas } from "./announced_schemas.ts";
import { chooseProviders, type Chosen, type Wanted } from "./choose_provider.ts";
import type { BuiltRequest, JobFlags } from "./intake.ts";
import { StrangersRoom } from "../money/payer/strangers_room.ts";
import {
  checkJobTotal,
  checkOnePayment,
  type JobBudget,
  strangersAtLimit,
  withinJob,
} from "./job_budget.ts";
import type { Market } from "./market_service.ts";
import type { QuoteAnswer } from "./quotes/ask_quotes.ts";
import { bestQuote, unaskedTimes } from "./best_quote.ts";
import { exactPrices } from "./exact_prices.ts";
import { distrustIn, withEvidence } from "./distrusted.ts";
import { askedOnce, type AskForQuotes, drawn } from "./hidden_comparison.ts";
import { namedBuyers } from "./named_buyers.ts";
import { candidateOf, nextProviders } from "./next_providers.ts";
import { payableAt, type PayingProfile } from "./payable_at.ts";
import { noSale } from "./no_sale.ts";
import type { InputError } from "./packing/input_error.ts";
import { misfitOfRequest } from "./request_misfit.ts";
import type { RelayReader } from "./relay_questions.ts";
import { soughtBy } from "./sought_by.ts";
import type { Standing } from "./standing.ts";

/** A job that can be committed. Nothing was sent or stored for it yet. */
export interface PlannedJob {
  readonly built: BuiltRequest;
  readonly provider: Pubkey;
  /** The ILP address at which the provider is paid. Empty if the job is free. */
  readonly payTo: string;
  /** The amount to send so that the provider's price arrives: hop fees included. */
  readonly priceUnits: bigint;
  /** The part of it that is sent before the job runs. Default: all of it. */
  readonly depositUnits?: bigint;
  /** The most increments that are paid for a metered job. Each costs `depositUnits`. */
  readonly increments?: number;
  /** The amount to send so that the relay's price for the request arrives. */
  readonly writeUnits: bigint;
  /** The signed quote that is paid. Null or absent if the announced price is paid. */
  readonly quote?: QuoteAnswer | null;
  /** What the provider announced for it. Absent if it announced no price. */
  readonly announced?: AnnouncedPrice;
  /** The providers that are asked next, in order, if that provider does not accept the job. Empty if the buyer named the provider. */
  readonly candidates: readonly Candidate[];
  /** The limits that the provider announces, by name. Empty if it announces none. */
  readonly limits: Readonly<Record<string, number>>;
  /** The schemas of results that the provider and the candidates announce. */
  readonly resultSchemas?: PutResultSchemas["schemas"];
  /** A note for the buyer: that the request goes to the provider unpaid, and why. */
  readonly note?: string;
}

/** How a network accepts writes, and what they cost. */
export type Prices =
  & Pick<Profile, "write" | "relay" | "hopFees">
  & PayingProfile
  & Partial<Pick<Profile, "asset">>;

/** The buyer and its network. */
export interface Asking {
  readonly profile: Prices;
  readonly pubkey: Pubkey;
  readonly relayReader: Pick<RelayReader, "announcements">;
  /** The amounts that may be spent. Default: no limit. */
  readonly budget?: JobBudget;
  /** The providers that did not accept a job since then, as this home knows. */
  readonly passedOver: (sinceMs: number) => Promise<readonly PassedOver[]>;
  /** The providers that sold a key which did not open their result. Default: none. */
  readonly breakers?: () => Promise<readonly string[]>;
  /** Asks for quotes. If this is absent or fails, the announced price is paid. */
  readonly quotes?: AskForQuotes;
  /** The most that a provider is paid if the buyer gives no bid. Default: a quarter of one whole unit of the asset. */
  readonly unaskedUnits?: bigint;
  /** The standings of providers in this home. Called only if the buyer's preference needs them. */
  readonly standings?: () => Promise<ReadonlyMap<string, Standing>>;
  /** Whether a provider of this home will soon announce the type: its owner has approved the skill. Default: no. */
  readonly expects?: Expects;
}

/** Called with the request before a provider is chosen. An error that it throws ends the planning. */
export type OnBuilt = (built: BuiltRequest) => Promise<void>;

/**
 * Plans the request for one provider that is not in `taken`. With `random`, the provider is drawn by lot among those that fit and quoted.
 * Throws InputError `no_provider`, `bid_too_low`...
 *
 * @param random Returns a number of at least 0 and less than 1.
 */
export type PlanNext = (
  taken: readonly string[],
  random?: () => number,
) => Promise<PlannedJob>;

/**
 * Builds the request once, for several jobs of it. The providers are asked for quotes once, when the first job is planned: a provider that
 * is asked twice would know that the answers are compared. Throws InputError `no_provider`, `too_large`..., and the relay reader's errors.
 *
 * @param exclude Providers that are not asked again.
 */
export async function requestPlanner(
  { profile, pubkey, relayReader, budget, passedOver, breakers, standings, quotes, ...asking }:
    Asking,
  market: Pick<Market, "build" | "assign">,
  given: JobFlags,
  exclude: readonly string[] = [],
  onBuilt?: OnBuilt,
): Promise<PlanNext> {
  const flags = given.kind === undefined && kindOfType(given.type) === undefined
    ? { ...given, kind: await awaitedKind(relayReader, given, asking.expects) }
    : given;
  // The relay is asked while the input is read. That needs the kind, which only the market knows for some types.
  const kind = flags.kind ?? kindOfType(flags.type);
  const isSecret = Boolean(flags.answersKey);
  // The relay must not learn the kind of a private job, so the question is for all kinds.
  const announced = (kind: number) =>
    relayReader.announcements(isSecret ? [] : [kind], flags.provider);
  const early = kind === undefined ? null : announced(kind);
  early?.catch(() => undefined);
  const built = await market.build(flags, pubkey);
  await onBuilt?.(built);
  const heard = await (early !== null && kind === built.kind ? early : announced(built.kind));
  const announcements = heard.filter(({ pubkey }) => !exclude.includes(pubkey))
    .map((each) => payableAt(each, profile));
  const prices = profile.write === "ilp" && profile.relay !== null
    ? {
      unitsPerByte: profile.relay.priceUnitsPerByte,
      byKind: profile.relay.kindPricesUnitsPerByte,
    }
    : { unitsPerByte: 0n };
  const { hopFees = [], relay } = profile;
  const writeUnits = (sizeBytes: number) => {
    const [kind, bytes] = isSecret
      ? [GIFT_WRAP_KIND, wrappedBytes(sizeBytes)]
      : [built.kind, sizeBytes];
    return grossTo(relay?.ilpAddress ?? "", writePriceUnits(prices, kind, bytes), hopFees);
  };
  const grossUnits = (net: bigint, address: string) => grossTo(address, net, hopFees);
  const sizeBytes = built.sizeBytes + P_TAG_BYTES;
  const avoided = await breakers?.() ?? [];
  const nowMs = Date.now();
  const spent = budget?.today(announcements.map(({ pubkey }) => pubkey));
  const [asked, recent] = await Promise.all([spent, passedOver(nowMs - PASSED_OVER_MS)]);
  const today = asked && { ...asked, histories: withEvidence(asked.histories, avoided) };
  // The jobs of one request share the room.
  const strangers = new StrangersRoom(budget?.limits.strangersDayUnits, today ?? NOTHING_SPENT);
  const { prefer = "price" } = flags;
  // An announcement does not state the prices of these modes. Only a quote does.
  const byQuote = flags.payment === "on-delivery" || flags.payment === "metered"
    ? flags.payment
    : null;
  const unaskedUnits = asking.unaskedUnits ??
    (profile.asset === undefined ? undefined : wholeUnits(profile.asset) / 4n);
  const wanted: Wanted = {
    kind: built.kind,
    type: flags.type,
    ...soughtBy(flags, built.kind),
    requirements: flags.requirements ?? [],
    ...flags.payment !== "upfront" && { payment: flags.payment },
    breakers: avoided,
    ...today && { distrusted: distrustIn(today.histories) },
    insisted: flags.provider !== null && flags.payment === "upfront",
    privately: isSecret,
    misfit: (announcement) => misfitOfRequest(built, flags, announcement),
    preferred: {
      by: prefer,
      standings: prefer === "price" ? new Map() : await standings?.() ?? new Map(),
    },
    bidUnits: flags.bidUnits === null ? null : flags.bidUnits - writeUnits(sizeBytes),
    writeUnits: writeUnits(sizeBytes),
    ...(unaskedUnits === undefined ? {} : { unaskedUnits }),
    sizeBytes,
    request: built.request,
    grossUnits,
    provider: flags.provider,
    freeWrites: profile.write === "nostr",
    own: pubkey,
    ...budget && today && {
      spent: { limits: budget.limits, paidToday: today.providers, strangers },
    },
    passedOver: recent,
  };
  const assign = (each: Chosen) => market.assign(built, each.announcement.pubkey as Pubkey);
  const exactly = (assigned: BuiltRequest) =>
    exactPrices(assigned, {
      mode: byQuote ?? "upfront",
      isPrivate: isSecret,
      unitsPerByte: prices.unitsPerByte,
      grossUnits,
    });
  const named = namedBuyers(built.kind, flags.provider, pubkey, quotes && askedOnce(quotes));
  return async (taken, random) => {
    const left = announcements.filter((each) => !taken.includes(each.pubkey));
    const inOrder = chooseProviders(left, wanted, Math.floor(nowMs / 1000));
    const ranked = random === undefined ? inOrder : drawn(inOrder, random);
    const unaskedUnits = byQuote === "metered"
      ? withinJob(asking.unaskedUnits, budget, writeUnits(sizeBytes))
      : asking.unaskedUnits;
    const tooMuch = new Map<string, InputError>();
    /** Whether a provider may be paid this much before its result. Notes why not. */
    const mayHave = ({ announcement: { pubkey } }: Chosen, units: bigint): boolean => {
      const above = strangers.over(pubkey, units);
      if (above !== null) tooMuch.set(pubkey, strangersAtLimit(pubkey, above, budget!.limits));
      return above === null;
    };
    const best = named.quotes === undefined ? null : await bestQuote(ranked, {
      assign,
      quotes: named.quotes,
      cheapest: prefer === "price" && random === undefined,
      limitBytes: flags.limitBytes,
      mode: byQuote ?? "upfront",
      mayHave,
      serves: named.serves,
      payUnits: grossUnits,
      // Without a bid, the most is `unaskedUnits` if it is set, otherwise the announced price.
      mostUnits: ({ priceUnits }) =>
        flags.bidUnits === null
          ? unaskedUnits ?? priceUnits * unaskedTimes(byQuote, isSecret)
          : flags.bidUnits - writeUnits(sizeBytes),
      announced: (chosen, assigned) => exactly(assigned).announced(chosen),
    });
    // The job is never paid in another mode than the buyer's. Without a quote for that mode it is not posted.
    const serving = ranked.filter(named.serves);
    if (serving.length === 0) throw named.refusal(ranked);
    const quoted = best !== null && "chosen" in best ? best : null;
    const [refusal] = tooMuch.values();
    const [first, ...more] = serving.filter(({ announcement }) =>
      !tooMuch.has(announcement.pubkey)
    );
    if (refusal !== undefined && (first === undefined || byQuote !== null && best === null)) {
      throw refusal;
    }
    if (byQuote !== null && quoted === null) {
      const text = (units: bigint) => formatUnits(units, profile.asset ?? UNITS);
      const dear = best !== null && "leastUnits" in best ? best : null;
      throw noSale(byQuote, flags.bidUnits, dear, writeUnits(sizeBytes), text);
    }
    const chosen = quoted?.chosen ?? first;
    const others = [first, ...more].filter((each) => each !== chosen);
    const { announcement } = chosen;
    const provider = announcement.pubkey as Pubkey;
    const assigned = quoted?.assigned ?? await assign(chosen);
    const exact = exactly(assigned);
    const upfrontUnits = quoted?.depositUnits ?? exact.exactly(chosen);
    if (!mayHave(chosen, upfrontUnits)) throw tooMuch.get(provider);
    strangers.reserve(provider, upfrontUnits);
    const paying = { byQuote, isPrivate: isSecret, unaskedUnits, exact, mayHave };
    const next = nextProviders(others, paying);
    const job = {
      built: assigned,
      provider,
      payTo: quoted?.answer.quote?.ilpAddress ?? announcement.ilpAddress ?? "",
      priceUnits: quoted?.payUnits ?? exact.exactly(chosen),
      ...quoted !== null && { depositUnits: quoted.depositUnits },
      ...quoted?.increments !== undefined && { increments: quoted.increments },
      quote: quoted?.answer ?? null,
      announced: exact.announced(chosen),
      limits: announcement.offer?.limits ?? {},
      writeUnits: writeUnits(assigned.sizeBytes),
      resultSchemas: announcedSchemas([chosen, ...next], assigned.kind),
      candidates: next.map((other) => candidateOf(other, paying)),
      note: named.note(chosen),
    };
    if (budget !== undefined) checkJobTotal(job.writeUnits + job.priceUnits, budget.limits);
    if (profile.asset !== undefined) {
      checkOnePayment(job.depositUnits ?? job.priceUnits, {
        asset: profile.asset,
        ...budget?.limits,
      });
    }
    return job;
  };
}

/** For buyers without limits. */
const NOTHING_SPENT = { histories: {}, reserved: {}, strangersUnits: 0n };

/** How long it counts that a provider did not accept a job, in milliseconds: as long as an announcement can be valid. */
const PASSED_OVER_MS = 86_400_000;

/** A `p` tag in TOON: `  - [2]: p,"..."` and its line feed. */
const P_TAG_BYTES = 80;
