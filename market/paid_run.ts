/**
 * One run of a paid job by its skill. The payment limits what the run may print, store and publish. The content of an encrypted request is
 * shown only to its customer and this provider.
 *
 * @module
 */
import { messageOf } from "../base/thrown.ts";
import { reached } from "../base/crash_point.ts";
import type { NostrEvent, UnsignedEvent } from "../protocols/nostr/event.ts";
import { answersKeyOf, wrappableBytes } from "../protocols/nostr/private_job.ts";
import { maxOpenBytes } from "../protocols/nostr/sealed_result.ts";
import { encodeToon } from "../protocols/toon/encode.ts";
import type { Pausing } from "../base/pausing.ts";
import type { SkillOutcome } from "../skills/skill.ts";
import type { JobRow } from "../store/job_row.ts";
import { largeRoomBytes, storageOf, storedOutcome } from "./blobs/large_result.ts";
import { jobLogWriter } from "./logs/job_log_writer.ts";
import { InputError } from "./packing/input_error.ts";
import { LEAST_BYTES, partialBytes } from "./paid_bytes.ts";
import { partialResults } from "./partial_results.ts";
import { maxPlaintextBytes, openRequest } from "./private_request.ts";
import { feedbackTemplate, maxContentBytes, resultTemplate } from "./respond.ts";
import {
  failedAnswer,
  readEvent,
  respondOptions,
  type RunnerAnswer,
  type RunTerms,
} from "./run_answer.ts";
import { onDelivery, sealedAnswer } from "./sealed_answer.ts";
import { usageOf, usageTag } from "./run_usage.ts";
import type { RunnerDocument, SkillRunnerOptions } from "./skill_runner_options.ts";

/** The meter of a run that is paid while it runs. */
export interface Metering {
  /** Whether the run is paused. */
  readonly pausing: Pausing;
  /** Takes the number of bytes that the run printed. */
  printed(bytes: number): void;
}

/** Runs the job's skill to its end. A skill that fails gives an answer; it does not throw. */
export async function runPaidJob(
  options: SkillRunnerOptions,
  job: JobRow,
  document: RunnerDocument,
  signal: AbortSignal,
  tellPartial?: (event: UnsignedEvent) => void,
  metering?: Metering,
  terms?: RunTerms,
): Promise<RunnerAnswer> {
  const { host, clock } = options;
  const opener = options.signer ?? null;
  const request = readEvent(document.bytes);
  const { quote: signed, meter } = terms ?? await readTerms(options.store, job);
  const quote = onDelivery(signed);
  const priceUnits = quote?.priceUnits ?? job.amountUnits;
  // The answer to a private request is gift-wrapped, so its content may be smaller than an unwrapped one.
  const isWrapped = answersKeyOf(request) !== null;
  // The deposit or the increment of a private job pays for the wrap of the smallest result.
  const inParts = quote !== null || meter !== null;
  // Each increment of output also pays for what it adds to the result, and all are paid before the result is published.
  const kib = meter?.kib ?? 0;
  const coveredUnits = meter !== null && kib > 0
    ? meter.incrementUnits * BigInt(meter.most)
    : priceUnits;
  const leastBytes = isWrapped && inParts ? LEAST_BYTES.wrapped : LEAST_BYTES.open;
  const respond = (spentBytes = 0) => {
    const open = respondOptions(options, coveredUnits, spentBytes, leastBytes);
    const { limitBytes } = open;
    const amountUnits = priceUnits;
    return { ...open, amountUnits, ...isWrapped && { limitBytes: wrappableBytes(limitBytes) } };
  };
  const answered = respond();
  // If the clock was set back, the job still counts as at least as old as its last change.
  const passedMs = Math.max(clock(), job.createdAtMs, job.updatedAtMs) - job.createdAtMs;
  const leftS = Math.ceil(job.timeoutS - passedMs / 1000);
  if (leftS < 1) {
    return failedAnswer(request, "timeout", "the job's time was over before it began", answered);
  }
  let open: NostrEvent;
  try {
    open = await openRequest(request, opener);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return failedAnswer(request, error.code, error.message, answered);
  }
  const hidden = open !== request;
  // No part of a private job may be published unencrypted.
  const secret = hidden || isWrapped;
  const roomBytes = maxContentBytes(request, answered);
  const parts = partialResults(
    // An encrypted job, or one whose output is not paid yet, has no public partial results.
    hidden || quote !== null || kib > 0 ? 0 : partialBytes(job.amountUnits, options),
    (words) => feedbackTemplate(request, "partial", words, respond()),
    tellPartial,
  );
  reached("skill.before_run");
  const log = jobLogWriter(options.store, job.jobId, {
    failed: (error) => options.log?.(job.jobId, `its log ends here: ${messageOf(error)}`, "said"),
    ...kib > 0 && { cutBytes: kib * 1_024 },
  });
  const storage = hidden || quote !== null ? undefined : options.storage;
  const openBytes = quote === null ? roomBytes : maxOpenBytes(roomBytes);
  const ran = await host.runKind({
    jobId: job.jobId,
    attempt: job.attempt,
    // The decrypted request is encoded again, because the skill has no key.
    bytes: hidden ? encodeToon(open, "1.4") : document.bytes,
    encoding: hidden ? "toon" : document.encoding,
    kind: request.kind,
    event: open,
    // What is sold for a key is not stored for everybody.
    hidden: secret || quote !== null,
    timeoutS: leftS,
    maxContentBytes: hidden
      ? maxPlaintextBytes(openBytes)
      : largeRoomBytes(request.kind, job.amountUnits, openBytes, storage),
    encrypted: secret,
    // Files that a skill stores for a private job are encrypted for its buyer.
    storage: storageOf(job.amountUnits, options.storage),
  }, {
    signal,
    pausing: metering?.pausing,
    feedback: parts.feedback,
    // A job paid on delivery streams no output, because its output is part of the result that is sold.
    ...quote === null && {
      output(bytes) {
        metering?.printed(bytes.length);
        log.write(bytes);
      },
    },
    ...(opener && {
      attest: (facts) =>
        opener.signBuild(facts, {
          buyer: request.pubkey,
          requestId: request.id,
          amountUnits: String(job.jobPaid ? job.amountUnits : 0n),
        }),
    }),
  });
  await log.end();
  reached("skill.after_run");
  const outcome = ran.status === "error"
    ? ran
    : await storedOutcome(ran, roomBytes, storage, isWrapped ? request.pubkey : null);
  logSkill(options, job.jobId, outcome);
  const usage = usageOf(job.jobId, document, outcome);
  const after = respond(parts.spentBytes());
  if (outcome.status === "error") {
    const code = outcome.errorCode ?? "skill_failed";
    const words = hidden ? "the job failed; its words would be open to all" : outcome.content;
    return {
      ...failedAnswer(request, code, words, after),
      usage,
      exitCode: outcome.exitCode ?? null,
    };
  }
  const tags = [...outcome.tags ?? [], ...ran.usage === undefined ? [] : [usageTag(usage)]];
  const told = hidden ? await encrypted(request, outcome, options) : { ...outcome, tags };
  const sold = quote === null
    ? { result: resultTemplate(request, told, after) }
    : await sealedAnswer(request, told, quote, after, opener!);
  return {
    status: outcome.status,
    exitCode: outcome.exitCode ?? null,
    errorCode: null,
    errorMessage: null,
    ...sold,
    feedback: [],
    usage,
  };
}

async function readTerms(
  store: SkillRunnerOptions["store"],
  { eventId }: JobRow,
): Promise<RunTerms> {
  const [quote, meter] = await Promise.all([
    store.quoteOf(eventId),
    store.meterOf(eventId, "provider"),
  ]);
  return { quote, meter };
}

/** The outcome with its content encrypted for the customer. */
async function encrypted(
  request: NostrEvent,
  outcome: SkillOutcome,
  { signer }: SkillRunnerOptions,
): Promise<SkillOutcome> {
  // NIP-44 cannot encrypt an empty text.
  const content = await signer!.encrypt(request.pubkey, outcome.content || " ");
  // The tags would be public, so they are left out.
  return { ...outcome, content, tags: [] };
}

/** Logs what a skill wrote to its standard error, or why this provider could not run it. */
export function logSkill(options: SkillRunnerOptions, jobId: string, outcome: SkillOutcome): void {
  const { log, errorCode = "" } = outcome;
  if (log) options.log?.(jobId, log, OWN_FAULTS.includes(errorCode) ? "fault" : "said");
}

/** Errors whose log is this program's own. */
const OWN_FAULTS = ["cannot_run", "internal_error"];
