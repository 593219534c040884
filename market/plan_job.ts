/**
 * A buyer's job before anything is sent: who runs it, and what it costs.
 *
 * @module
 */
import { wholeUnits } from "../protocols/ilp/asset.ts";
import { grossTo } from "../protocols/ilp/fee.ts";
import { writePriceUnits } from "../protocols/nostr/write_price.ts";
import type { Pubkey } from "../protocols/nostr/event.ts";
import { GIFT_WRAP_KIND, IMAGE_BUILD, kindOfType } from "../protocols/nostr/kinds.ts";
import { wrappedBytes } from "../protocols/nostr/private_job.ts";
import type { Profile } from "../config/profile.ts";
import type { Candidate, PassedOver } from "../store/store.ts";
import { InputError } from "./packing/input_error.ts";
import { checkInputs } from "../skills/request_rules.ts";
import { SkillError } from "../skills/skill_error.ts";
import { type KindSchema, priceOfKind } from "./announcement.ts";
import { chooseProviders, type Chosen, type Wanted } from "./choose_provider.ts";
import type { BuiltRequest, JobFlags } from "./intake.ts";
import { checkJobTotal, checkOnePayment, type JobBudget } from "./job_budget.ts";
import type { Market } from "./market_service.ts";
import type { QuoteAnswer, QuoteQuestion } from "./quotes/ask_quotes.ts";
import { bestQuote } from "./best_quote.ts";
import type { RelayReader } from "./relay_questions.ts";
import type { Standing } from "./standing.ts";

/** A job that may be committed: nothing was sent and nothing stored. */
export interface PlannedJob {
  readonly built: BuiltRequest;
  readonly provider: Pubkey;
  /** ILP address at which the provider is paid; empty where the job is free. */
  readonly payTo: string;
  /** What is sent so that the provider's price arrives: hop fees included. */
  readonly priceUnits: bigint;
  /** What of it is sent before the job runs; all of it unless told. */
  readonly depositUnits?: bigint;
  /** How many increments of a metered job are paid at most; each costs what is sent before it runs. */
  readonly increments?: number;
  /** What is sent so that the relay's price of the request arrives. */
  readonly writeUnits: bigint;
  /** The signed quote that is paid; null or absent where the announced price is. */
  readonly quote?: QuoteAnswer | null;
  /** Who is asked where that provider does not take it, in order; none where the buyer named the provider. */
  readonly candidates: readonly Candidate[];
  /** What the provider announces that it takes and gives at most, by name; empty where it does not say. */
  readonly limits: Readonly<Record<string, number>>;
  /** What the buyer should know of the provider: that it is asked unpaid, and why. */
  readonly note?: string;
}

/** How a network is written to and what that costs. */
export type Prices = Pick<Profile, "write" | "relay" | "hopFees"> & Partial<Pick<Profile, "asset">>;

/** Who asks, and where. */
interface Asking {
  readonly profile: Prices;
  readonly pubkey: Pubkey;
  readonly relayReader: Pick<RelayReader, "announcements">;
  /** What may be spent; no limit unless told. */
  readonly budget?: JobBudget;
  /** Who did not take a job after that moment, as this home knows it. */
  readonly passedOver: (sinceMs: number) => Promise<readonly PassedOver[]>;
  /** Who sold a key that opened nothing; nobody unless told. */
  readonly breakers?: () => Promise<readonly string[]>;
  /** Asks for quotes; without it, or where it fails, the announced price is paid. */
  readonly quotes?: (questions: readonly QuoteQuestion[]) => Promise<readonly QuoteAnswer[]>;
  /** What a provider is paid at most where the buyer names no bid; a quarter of the asset's one unless told. */
  readonly unaskedUnits?: bigint;
  /** How providers did for this home; asked only where the buyer prefers by that. */
  readonly standings?: () => Promise<ReadonlyMap<string, Standing>>;
}

/** Told of the request before anybody is asked who runs it; what it throws ends the planning. */
export type OnBuilt = (built: BuiltRequest) => Promise<void>;

/**
 * Builds the request, and finds who runs it and what it costs. Throws InputError `no_provider`, `bid_too_low`, `too_large`...; what the
 * relay's reader throws.
 *
 * @param exclude Providers that are not asked again.
 */
export async function chooseRequest(
  { profile, pubkey, relayReader, budget, passedOver, breakers, standings, quotes, ...asking }:
    Asking,
  market: Pick<Market, "build" | "assign">,
  flags: JobFlags,
  exclude: readonly string[] = [],
  onBuilt?: OnBuilt,
): Promise<PlannedJob> {
  // The relay is asked while the input is read: the kind is known but for a type that only the market knows.
  const kind = flags.kind ?? kindOfType(flags.type);
  const isSecret = Boolean(flags.answersKey);
  // The kind of a private job is not for the relay: then it is asked for all of them.
  const announced = (kind: number) =>
    relayReader.announcements(isSecret ? [] : [kind], flags.provider);
  const early = kind === undefined ? null : announced(kind);
  early?.catch(() => undefined);
  const built = await market.build(flags, pubkey);
  await onBuilt?.(built);
  const heard = await (early !== null && kind === built.kind ? early : announced(built.kind));
  const announcements = heard.filter(({ pubkey }) => !exclude.includes(pubkey));
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
  const paidToday = await budget?.paidToday(announcements.map(({ pubkey }) => pubkey));
  const nowMs = Date.now();
  const { prefer = "price" } = flags;
  // Neither stands in an announcement: only a quote states what is paid when.
  const byQuote = flags.payment === "on-delivery" || flags.payment === "metered"
    ? flags.payment
    : null;
  const unaskedUnits = asking.unaskedUnits ??
    (profile.asset === undefined ? undefined : wholeUnits(profile.asset) / 4n);
  const ranked = chooseProviders(announcements, {
    kind: built.kind,
    type: flags.type,
    ...soughtBy(flags, built.kind),
    requirements: flags.requirements ?? [],
    ...flags.payment !== "upfront" && { payment: flags.payment },
    breakers: await breakers?.() ?? [],
    privately: isSecret,
    misfit: ({ inputSchemas = [] }) => misfitOfRequest(built, inputSchemas),
    preferred: {
      by: prefer,
      standings: prefer === "price" ? new Map() : await standings?.() ?? new Map(),
    },
    bidUnits: flags.bidUnits === null ? null : flags.bidUnits - writeUnits(sizeBytes),
    writeUnits: writeUnits(sizeBytes),
    ...(unaskedUnits === undefined ? {} : { unaskedUnits }),
    sizeBytes,
    grossUnits,
    provider: flags.provider,
    freeWrites: profile.write === "nostr",
    own: pubkey,
    ...budget && paidToday && { spent: { limits: budget.limits, paidToday } },
    passedOver: await passedOver(nowMs - PASSED_OVER_MS),
  }, Math.floor(nowMs / 1000));
  const assign = (each: Chosen) => market.assign(built, each.announcement.pubkey as Pubkey);
  const quoted = quotes === undefined ? null : await bestQuote(ranked, {
    assign,
    quotes,
    cheapest: prefer === "price",
    limitBytes: flags.limitBytes,
    mode: byQuote ?? "upfront",
    payUnits: (units, address) => grossUnits(units, address),
    // Without a bid nobody is paid more than it announced.
    mostUnits: ({ priceUnits }) =>
      flags.bidUnits === null
        ? asking.unaskedUnits ?? priceUnits * (byQuote === "metered" ? 4n : 1n)
        : flags.bidUnits - writeUnits(sizeBytes),
  });
  // Nobody is paid in another way than the buyer asked for.
  if (byQuote !== null && quoted === null) throw noSale(byQuote);
  const chosen = quoted?.chosen ?? ranked[0];
  const others = ranked.filter((each) => each !== chosen);
  const { announcement } = chosen;
  const provider = announcement.pubkey as Pubkey;
  const assigned = quoted?.assigned ?? await assign(chosen);
  // Chosen by an estimate of the size with its p tag; paid by the size that it has.
  const exactly = ({ announcement: { prices, ilpAddress }, priceUnits }: Chosen): bigint => {
    const exactUnits = priceOfKind(prices, assigned.kind, assigned.sizeBytes);
    return exactUnits === null ? priceUnits : grossUnits(exactUnits, ilpAddress ?? "");
  };
  const job = {
    built: assigned,
    provider,
    payTo: announcement.ilpAddress ?? "",
    priceUnits: quoted?.payUnits ?? exactly(chosen),
    ...quoted !== null && { depositUnits: quoted.depositUnits },
    ...quoted?.increments !== undefined && { increments: quoted.increments },
    quote: quoted?.answer ?? null,
    limits: announcement.offer?.limits ?? {},
    writeUnits: writeUnits(assigned.sizeBytes),
    // The next one would be paid upfront.
    candidates: (byQuote !== null ? [] : others).slice(0, MAX_CANDIDATES).map((other) => ({
      provider: other.announcement.pubkey,
      payTo: other.announcement.ilpAddress ?? "",
      priceUnits: exactly(other),
    })),
    ...chosen.lacks !== undefined && {
      note:
        `provider ${provider} ${chosen.lacks}: the request goes to it unpaid; 'crosstown job status' shows its price`,
    },
  };
  if (budget !== undefined) checkJobTotal(job.writeUnits + job.priceUnits, budget.limits);
  if (profile.asset !== undefined) {
    checkOnePayment(job.depositUnits ?? job.priceUnits, {
      asset: profile.asset,
      ...budget?.limits,
    });
  }
  return job;
}

function noSale(mode: "on-delivery" | "metered"): InputError {
  const words = mode === "metered" ? "while it runs" : "on delivery";
  return new InputError(
    "no_quotes",
    `no provider quoted this job for payment ${words} within the bid`,
    { suggestion: `see what they say with 'crosstown job quote ... --payment ${mode}'` },
  );
}

/** Why the inputs do not fit what is announced for their kind; null where they do. */
function misfitOfRequest(
  { kind, request }: BuiltRequest,
  schemas: readonly KindSchema[],
): string | null {
  const schema = schemas.find((each) => each.kind === kind)?.schema;
  try {
    if (schema !== undefined) checkInputs(request.tags, schema);
    return null;
  } catch (error) {
    if (error instanceof SkillError) return error.message;
    throw error;
  }
}

/** For how long it counts that a provider did not take a job: as long as an announcement may hold. */
const PASSED_OVER_MS = 86_400_000;
/** Each one asked costs a write of the request. */
const MAX_CANDIDATES = 3;

/** A `p` tag in TOON: `  - [2]: p,"..."` and its line feed. */
const P_TAG_BYTES = 80;

/** The tags and the platform by which a provider is sought. Images of one platform may be built on another: a tag tells who does. */
function soughtBy(
  { type, tags, platform }: JobFlags,
  kind: number,
): Pick<Wanted, "tags" | "platform"> {
  const named = type.startsWith("docker-build-") ? type : null;
  const tag = platform === null ? named : `docker-build-${platform.split("/")[1]}`;
  if (tag === null || kind !== IMAGE_BUILD.kind) return { tags, platform };
  return { tags: [...new Set([...tags, tag])], platform: null };
}
