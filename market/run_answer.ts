/**
 * The outcome of a paid job's run, and the events for its customer.
 *
 * @module
 */
import { type NostrEvent, parseEvent, type UnsignedEvent } from "../protocols/nostr/event.ts";
import { EventError } from "../protocols/nostr/event_error.ts";
import { decodeDocument } from "../protocols/toon/decode.ts";
import type { JobStatus } from "../protocols/job_status.ts";
import type { MeterRow } from "../store/meter_row.ts";
import type { QuoteRow } from "../store/quote_row.ts";
import type { SealedRow } from "../store/sealed_row.ts";
import type { JobUsageRow } from "../store/job_usage_row.ts";
import { InputError } from "./packing/input_error.ts";
import { resultLimitBytes } from "./paid_bytes.ts";
import { feedbackTemplate, type RespondOptions } from "./respond.ts";
import type { SkillRunnerOptions } from "./skill_runner_options.ts";

/** The outcome of a run: the job's status and the events to publish. */
export interface RunnerAnswer {
  /** The job's new status. */
  readonly status: Extract<JobStatus, "success" | "error" | "partial">;
  /** Exit code of the job's command; null if the kind has none. */
  readonly exitCode: number | null;
  /** A stable code if `status` is `error`; otherwise null. */
  readonly errorCode: string | null;
  /** A message for people, without secrets. */
  readonly errorMessage: string | null;
  /** The result event; null if there is none. */
  readonly result: UnsignedEvent | null;
  /** Feedback events to publish too. */
  readonly feedback: readonly UnsignedEvent[];
  /** What the run used of this machine; absent if nothing ran. */
  readonly usage?: JobUsageRow;
  /** The sale of the result, if the job is paid on delivery. */
  readonly sale?: SealedRow;
}

/** How a job is paid: by a quote, or while it runs. */
export interface RunTerms {
  /** Its quote; null if it is paid at the announced price. */
  readonly quote: QuoteRow | null;
  /** Its meter; null if it is not paid while it runs. */
  readonly meter: MeterRow | null;
}

/** The options for events to a customer who paid `amountUnits`. `spentBytes` of them were used for partial results. */
export function respondOptions(
  options: SkillRunnerOptions,
  amountUnits: bigint,
  spentBytes = 0,
  leastBytes?: number,
): RespondOptions {
  return {
    nowS: Math.floor(options.clock() / 1000),
    provider: options.pubkey,
    amountUnits,
    limitBytes: resultLimitBytes(amountUnits, options, spentBytes, leastBytes),
    freeWrites: options.freeWrites,
    asset: options.rules?.().asset,
  };
}

/** The answer to a request that failed: an error with this code, and the feedback event about it. */
export function failedAnswer(
  request: NostrEvent,
  code: string,
  message: string,
  options: RespondOptions,
): RunnerAnswer {
  return {
    status: "error",
    exitCode: null,
    errorCode: code,
    errorMessage: message,
    result: null,
    feedback: [feedbackTemplate(request, "error", { info: message, code }, options)],
  };
}

/** The event in bytes whose signature was verified before. Throws InputError. */
export function readEvent(bytes: Uint8Array): NostrEvent {
  try {
    return parseEvent(decodeDocument(bytes, { maxBytes: 1 << 20 }).event);
  } catch (cause) {
    if (!(cause instanceof EventError)) throw cause;
    throw new InputError("malformed", cause.message, { cause });
  }
}
