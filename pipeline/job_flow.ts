/**
 * A buyer's job from flags to outcome, on a home at work: built, assigned to a provider, durable, posted, paid, awaited.
 *
 * @module
 */
import type { Pubkey } from "../protocols/nostr/event.ts";
import { resultKindOf } from "../protocols/nostr/kinds.ts";
import { chooseProvider } from "../services/market/choose_provider.ts";
import type { BuiltRequest, JobFlags } from "../services/market/intake.ts";
import type { Market } from "../services/market/market_service.ts";
import type { Change, JobRow, JobStatus } from "../services/store/store.ts";
import type { Home } from "./home.ts";
import { startRelayInbound } from "./inbound.ts";
import type { SkillSet } from "./inbound.ts";
import { startOutbound } from "./outbound.ts";
import type { Pipeline } from "./pipeline_spec.ts";

/** A job that may be committed: nothing was sent and nothing stored. */
export interface PlannedJob {
  readonly built: BuiltRequest;
  readonly provider: Pubkey;
  /** ILP address at which the provider is paid; empty where the job is free. */
  readonly payTo: string;
  readonly priceUnits: bigint;
  /** What the relay takes for the request. */
  readonly writeUnits: bigint;
}

/** Finds who runs it and what it costs. Throws InputError `no_provider`, `bid_too_low`, `too_large`... */
export async function planJob(home: Home, market: Market, flags: JobFlags): Promise<PlannedJob> {
  const { profile } = home.options;
  const built = await market.build(flags, home.identity.pubkey as Pubkey);
  const announcements = await home.relayReader.announcements([built.kind]);
  const perByte = profile.write === "ilp" ? profile.relay?.priceUnitsPerByte ?? 0n : 0n;
  const writeUnits = (sizeBytes: number) => perByte * BigInt(sizeBytes);
  const { announcement, priceUnits } = chooseProvider(announcements, {
    kind: built.kind,
    type: flags.type,
    tags: flags.tags,
    platform: flags.platform,
    bidUnits: flags.bidUnits === null
      ? null
      : flags.bidUnits - writeUnits(built.sizeBytes + P_TAG_BYTES),
    sizeBytes: built.sizeBytes + P_TAG_BYTES,
    provider: flags.provider,
  }, Math.floor(Date.now() / 1000));
  const provider = announcement.pubkey as Pubkey;
  const assigned = await market.assign(built, provider);
  return {
    built: assigned,
    provider,
    payTo: announcement.ilpAddress ?? "",
    priceUnits,
    writeUnits: writeUnits(assigned.sizeBytes),
  };
}

/** A `p` tag in TOON: `  - [2]: p,"..."` and its line feed. */
const P_TAG_BYTES = 80;

/** Makes the job durable: its row with the callback, and what is to be sent, in one commit. */
export async function commitJob(
  home: Home,
  job: PlannedJob,
  flags: Pick<JobFlags, "type" | "timeoutS"> & { readonly callbackSkill: string | null },
): Promise<JobRow> {
  const { built, provider, priceUnits } = job;
  const nowMs = Date.now();
  const request = new TextEncoder().encode(JSON.stringify(built.request));
  const row: JobRow = {
    jobId: await home.store.freeJobId(built.eventId),
    role: "buyer",
    eventId: built.eventId,
    kind: built.kind,
    type: flags.type,
    status: "created",
    buyer: home.identity.pubkey,
    provider,
    callbackSkill: flags.callbackSkill,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    timeoutS: flags.timeoutS,
    amountUnits: priceUnits,
    jobPaid: false,
    writeUnits: 0n,
    request,
    resultEventId: null,
    result: null,
    exitCode: null,
    errorCode: null,
    errorMessage: null,
    attempt: 0,
  };
  await home.store.commit([{ op: "putJob", row, expect: "absent" }, ...outboxOf(home, row, job)]);
  return row;
}

function outboxOf(home: Home, row: JobRow, job: PlannedJob): Change[] {
  const { relay } = home.options.profile;
  const write: Change = {
    op: "addOutbox",
    row: {
      jobId: row.jobId,
      purpose: "write",
      event: row.request,
      destination: relay?.ilpAddress ?? "",
      terminalPubkey: relay?.pubkey ?? "",
      amountUnits: null,
      createdAtMs: row.createdAtMs,
    },
  };
  if (job.priceUnits === 0n) return [write];
  return [write, {
    op: "addOutbox",
    row: {
      ...write.row,
      purpose: "job",
      destination: job.payTo,
      terminalPubkey: job.provider,
      amountUnits: job.priceUnits,
    },
  }];
}

/** Sends what is in the outbox until it is empty. */
export async function sendOutbox(home: Home): Promise<void> {
  const outbound = await startOutbound(home, { follow: false });
  await outbound.ready;
  await outbound.done;
}

/** Starts listening for the answers to jobs; the pipeline runs until it is drained or aborted. */
export function listenForAnswers(
  home: Home,
  jobs: readonly JobRow[],
  skills: SkillSet,
): Promise<Pipeline> {
  const kinds = [...new Set(jobs.map(({ kind }) => resultKindOf(kind)))];
  const since = Math.floor(Math.min(...jobs.map(({ createdAtMs }) => createdAtMs)) / 1000) -
    CLOCK_SKEW_S;
  return startRelayInbound(home, {
    name: "answers",
    role: "buyer",
    filters: [{
      kinds: [...kinds, FEEDBACK_KIND],
      "#e": jobs.map(({ eventId }) => eventId),
      since,
    }],
    rules: null,
    skills,
  });
}

const FEEDBACK_KIND = 7000;
const CLOCK_SKEW_S = 300;
const WATCH_MS = 250;

/** Statuses after which nothing more comes by itself. */
export const ENDED: readonly JobStatus[] = ["success", "error", "refused", "timeout", "cancelled"];

/**
 * Waits until the job is over; at its time limit it is `timeout` (R5). Every change is told.
 *
 * @throws the signal's reason when it is aborted; the job stays as it is
 */
export async function awaitJob(
  home: Home,
  jobId: string,
  signal: AbortSignal,
  onChange: (row: JobRow) => void = () => undefined,
): Promise<JobRow> {
  let row = await home.store.getJob(jobId, "buyer");
  while (row !== null && !ENDED.includes(row.status)) {
    signal.throwIfAborted();
    const leftMs = row.createdAtMs + row.timeoutS * 1000 - Date.now();
    if (leftMs <= 0) {
      const patch = {
        status: "timeout" as const,
        errorCode: "timeout",
        errorMessage: `no result within ${row.timeoutS} s`,
        updatedAtMs: Date.now(),
      };
      await home.store.commit([{ op: "patchJob", jobId, role: "buyer", patch }]);
      row = await home.store.getJob(jobId, "buyer");
      continue;
    }
    const before: JobRow = row;
    row = await home.store.watchJob(jobId, "buyer", before.updatedAtMs, Math.min(leftMs, WATCH_MS));
    if (row !== null && row.updatedAtMs !== before.updatedAtMs) onChange(row);
    row ??= before;
  }
  if (row === null) throw new RangeError(`Cannot wait for ${jobId}: there is no such job`);
  return row;
}
