/**
 * The rows that make a planned job durable before any part of it is sent.
 *
 * @module
 */
import type { Profile } from "../config/profile.ts";
import type { Pubkey } from "../protocols/nostr/event.ts";
import { quotedPrice } from "../protocols/nostr/announced_price.ts";
import type { Change, PlanFailover, PutMeter, PutQuote } from "../store/store.ts";
import type { JobRow } from "../store/job_row.ts";
import type { PutRequirements } from "../store/job_requirement_row.ts";
import type { PutResultSchemas } from "../store/result_schema_row.ts";
import type { JobFlags } from "./intake.ts";
import { meterChange } from "../store/first_meter.ts";
import type { PlannedJob } from "./plan_job.ts";
import { storedRequirements } from "./requirement.ts";

/** The flags that are kept with the job. */
export type JobTerms = Pick<JobFlags, "type" | "timeoutS" | "bidUnits" | "requirements"> & {
  readonly callbackSkill: string | null;
};

type NewOutboxRow = Extract<Change, { op: "addOutbox" }>["row"];

/**
 * The rows of a planned job: the job, the paid write of its request, the payment of its provider, and the providers that are asked next.
 */
export function rowsOf(
  profile: Pick<Profile, "relay"> & Partial<Pick<Profile, "peerRule">>,
  buyer: Pubkey,
  jobId: string,
  job: PlannedJob,
  flags: JobTerms,
  nowMs: number,
): {
  readonly row: JobRow;
  readonly outbox: readonly NewOutboxRow[];
  readonly failover: PlanFailover | null;
  readonly quote: PutQuote | null;
  readonly meter: PutMeter | null;
  readonly schemas: PutResultSchemas | null;
  readonly requirements: PutRequirements | null;
} {
  const { requirements = [] } = flags;
  const { built, provider, quote, resultSchemas: schemas = [] } = job;
  const priceUnits = job.depositUnits ?? job.priceUnits;
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
  const { destination, terminalPubkey } = write;
  return {
    row,
    outbox: priceUnits === 0n ? [write] : [write, pay],
    quote: quote?.quote && quote.bytes
      ? {
        op: "putQuote",
        row: {
          eventId: built.eventId,
          quote: quote.bytes,
          condition: quote.quote.condition,
          atMs: nowMs,
        },
        price: job.announced === undefined
          ? null
          : quotedPrice(job.announced, quote.quote, Math.floor(nowMs / 1_000)),
      }
      : null,
    meter: quote?.quote?.mode === "metered"
      ? meterChange(quote.quote, "buyer", nowMs, job.increments ?? 1)
      : null,
    schemas: schemas.length === 0 ? null : { op: "putResultSchemas", jobId, schemas },
    requirements: requirements.length === 0
      ? null
      : { op: "putRequirements", jobId, requirements: storedRequirements(requirements) },
    failover: job.candidates.length === 0 ? null : {
      op: "planFailover",
      jobId,
      budgetUnits: flags.bidUnits,
      writeUnits: job.writeUnits,
      refusalCosts: profile.peerRule === "strict" && priceUnits > 0n,
      destination,
      terminalPubkey,
      candidates: job.candidates,
    },
  };
}
