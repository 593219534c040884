/**
 * A buyer's job before anything is sent: who runs it, what it costs, and the rows that make it durable.
 *
 * @module
 */
import { grossTo } from "../../protocols/ilp/fee.ts";
import { writePriceUnits } from "../../protocols/nostr/write_price.ts";
import type { Pubkey } from "../../protocols/nostr/event.ts";
import { kindOfType } from "../../protocols/nostr/kinds.ts";
import type { Profile } from "../config/profile.ts";
import type { Change, JobRow } from "../store/store.ts";
import { priceOfKind } from "./announcement.ts";
import { chooseProvider } from "./choose_provider.ts";
import type { BuiltRequest, JobFlags } from "./intake.ts";
import { checkJobTotal, type JobBudget } from "./job_budget.ts";
import type { Market } from "./market_service.ts";
import type { RelayReader } from "./relay_questions.ts";

/** A job that may be committed: nothing was sent and nothing stored. */
export interface PlannedJob {
  readonly built: BuiltRequest;
  readonly provider: Pubkey;
  /** ILP address at which the provider is paid; empty where the job is free. */
  readonly payTo: string;
  /** What is sent so that the provider's price arrives: hop fees included. */
  readonly priceUnits: bigint;
  /** What is sent so that the relay's price of the request arrives. */
  readonly writeUnits: bigint;
}

/** How a network is written to and what that costs. */
export type Prices = Pick<Profile, "write" | "relay" | "hopFees">;

/** Who asks, and where. */
export interface Asking {
  readonly profile: Prices;
  readonly pubkey: Pubkey;
  readonly relayReader: Pick<RelayReader, "announcements">;
  /** What may be spent; no limit unless told. */
  readonly budget?: JobBudget;
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
  { profile, pubkey, relayReader, budget }: Asking,
  market: Pick<Market, "build" | "assign">,
  flags: JobFlags,
  exclude: readonly string[] = [],
  onBuilt?: OnBuilt,
): Promise<PlannedJob> {
  // The relay is asked while the input is read: the kind is known but for a type that only the market knows.
  const kind = flags.kind ?? kindOfType(flags.type);
  const early = kind === undefined ? null : relayReader.announcements([kind], flags.provider);
  early?.catch(() => undefined);
  const built = await market.build(flags, pubkey);
  await onBuilt?.(built);
  const heard =
    await (early !== null && kind === built.kind
      ? early
      : relayReader.announcements([built.kind], flags.provider));
  const announcements = heard.filter(({ pubkey }) => !exclude.includes(pubkey));
  const prices = profile.write === "ilp" && profile.relay !== null
    ? {
      unitsPerByte: profile.relay.priceUnitsPerByte,
      byKind: profile.relay.kindPricesUnitsPerByte,
    }
    : { unitsPerByte: 0n };
  const { hopFees = [], relay } = profile;
  const writeUnits = (sizeBytes: number) =>
    grossTo(relay?.ilpAddress ?? "", writePriceUnits(prices, built.kind, sizeBytes), hopFees);
  const grossUnits = (net: bigint, address: string) => grossTo(address, net, hopFees);
  const sizeBytes = built.sizeBytes + P_TAG_BYTES;
  const paidToday = await budget?.paidToday(announcements.map(({ pubkey }) => pubkey));
  const { announcement, priceUnits } = chooseProvider(announcements, {
    kind: built.kind,
    type: flags.type,
    tags: flags.tags,
    platform: flags.platform,
    bidUnits: flags.bidUnits === null ? null : flags.bidUnits - writeUnits(sizeBytes),
    writeUnits: writeUnits(sizeBytes),
    sizeBytes,
    grossUnits,
    provider: flags.provider,
    ...budget && paidToday && { spent: { limits: budget.limits, paidToday } },
  }, Math.floor(Date.now() / 1000));
  const provider = announcement.pubkey as Pubkey;
  const assigned = await market.assign(built, provider);
  // Chosen by an estimate of the size with its p tag; paid by the size that it has.
  const exactUnits = priceOfKind(announcement.prices, assigned.kind, assigned.sizeBytes);
  const job = {
    built: assigned,
    provider,
    payTo: announcement.ilpAddress ?? "",
    priceUnits: exactUnits === null
      ? priceUnits
      : grossUnits(exactUnits, announcement.ilpAddress ?? ""),
    writeUnits: writeUnits(assigned.sizeBytes),
  };
  if (budget !== undefined) checkJobTotal(job.writeUnits + job.priceUnits, budget.limits);
  return job;
}

/** A `p` tag in TOON: `  - [2]: p,"..."` and its line feed. */
const P_TAG_BYTES = 80;

/** What of the flags stays with the job. */
export type JobTerms = Pick<JobFlags, "type" | "timeoutS"> & {
  readonly callbackSkill: string | null;
};

type NewOutboxRow = Extract<Change, { op: "addOutbox" }>["row"];

/** The rows of a planned job: itself, the paid write of its request, and the payment of its provider. */
export function rowsOf(
  profile: Pick<Profile, "relay">,
  buyer: Pubkey,
  jobId: string,
  job: PlannedJob,
  flags: JobTerms,
  nowMs: number,
): { readonly row: JobRow; readonly outbox: readonly NewOutboxRow[] } {
  const { built, provider, priceUnits } = job;
  const row: JobRow = {
    jobId,
    role: "buyer",
    eventId: built.eventId,
    kind: built.kind,
    type: flags.type,
    status: "created",
    buyer,
    provider,
    callbackSkill: flags.callbackSkill,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    timeoutS: flags.timeoutS,
    amountUnits: priceUnits,
    jobPaid: false,
    writeUnits: 0n,
    request: new TextEncoder().encode(JSON.stringify(built.request)),
    resultEventId: null,
    result: null,
    exitCode: null,
    errorCode: null,
    errorMessage: null,
    attempt: 0,
  };
  const write: NewOutboxRow = {
    jobId,
    purpose: "write",
    event: row.request,
    destination: profile.relay?.ilpAddress ?? "",
    terminalPubkey: profile.relay?.pubkey ?? "",
    amountUnits: null,
    createdAtMs: nowMs,
  };
  const pay: NewOutboxRow = {
    ...write,
    purpose: "job",
    destination: job.payTo,
    terminalPubkey: provider,
    amountUnits: priceUnits,
  };
  return { row, outbox: priceUnits === 0n ? [write] : [write, pay] };
}
