/**
 * Runs a provider's paid jobs and a buyer's callbacks with the home's skills, and makes events of what came: the service
 * `skills` of skillSink.
 *
 * @module
 */
import { formatUnits, UNITS } from "../protocols/ilp/asset.ts";
import { type NostrEvent, parseEvent, type UnsignedEvent } from "../protocols/nostr/event.ts";
import { EventError } from "../protocols/nostr/event_error.ts";
import { GIFT_WRAP_KIND } from "../protocols/nostr/kinds.ts";
import { decodeDocument } from "../protocols/toon/decode.ts";
import { encodeToon } from "../protocols/toon/encode.ts";
import type { SkillHost } from "../skills/host/host.ts";
import type { SkillOutcome } from "../skills/skill.ts";
import { messageOf } from "../base/thrown.ts";
import { reached } from "../base/crash_point.ts";
import type { Signer } from "../money/signer/signer.ts";
import type { JobUsageRow } from "../store/job_usage_row.ts";
import type { Store } from "../store/store.ts";
import type { JobStatus } from "../protocols/job_status.ts";
import type { JobRow } from "../store/job_row.ts";
import { type AdmissionRules, admit, providerRow } from "./admission.ts";
import { jobLogWriter } from "./logs/job_log_writer.ts";
import {
  largeRoomBytes,
  type ResultStorage,
  storageOf,
  storedOutcome,
} from "./blobs/large_result.ts";
import { usageOf } from "./run_usage.ts";
import { InputError } from "./packing/input_error.ts";
import { partialBytes, resultLimitBytes } from "./paid_bytes.ts";
import { partialResults } from "./partial_results.ts";
import { answerMessage, maxWrappedBytes, openMessage } from "./private_message.ts";
import { maxPlaintextBytes, openRequest } from "./private_request.ts";
import {
  feedbackTemplate,
  maxContentBytes,
  quoteTemplate,
  type RespondOptions,
  resultTemplate,
} from "./respond.ts";

/** What a runner works with. */
export interface SkillRunnerOptions {
  /** Runs the skills. */
  readonly host: SkillHost;
  /** Opens requests that were encrypted to us, and encrypts their results; without one they are refused. */
  readonly signer?: Pick<Signer, "encrypt" | "decrypt" | "openWrap" | "wrap" | "signBuild">;
  /** Where we are paid, for customers who have not; null where we cannot be. */
  readonly ilpAddress?: string | null;
  /** Whether relay writes go free. */
  readonly freeWrites?: boolean;
  /** Names jobs that cost nothing, and keeps what jobs print. */
  readonly store: Pick<Store, "freeJobId" | "jobLog" | "commit">;
  /** Own key. */
  readonly pubkey: UnsignedEvent["pubkey"];
  /** Null for a home that provides nothing. */
  readonly rules: (() => AdmissionRules) | null;
  /** The largest event that can be published here. */
  readonly limitBytes: number;
  /** What a relay write costs us, base units; none unless told. */
  readonly writeUnitsPerByte?: bigint;
  /** Where results go that are too large for an event; they are refused without it. */
  readonly storage?: ResultStorage;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Takes what a skill wrote to its standard error; bounded, not for the market. */
  readonly log?: (jobId: string, text: string) => void;
}

/** A document as it is with the sink. */
interface RunnerDocument {
  /** As received, untouched. */
  readonly bytes: Uint8Array;
  /** How the bytes are written. */
  readonly encoding: "toon" | "json";
  /** What the stages before learned. */
  readonly known: Readonly<Record<string, string | number>>;
}

/** What a run came to. */
interface RunnerAnswer {
  /** How the job stands now. */
  readonly status: Extract<JobStatus, "success" | "error" | "partial">;
  /** Of the job's own command, where the kind has one. */
  readonly exitCode: number | null;
  /** Stable code where `status` is `error`. */
  readonly errorCode: string | null;
  /** Words for people, without a secret. */
  readonly errorMessage: string | null;
  /** The result event; null where there is none. */
  readonly result: UnsignedEvent | null;
  /** Feedback events to publish beside it. */
  readonly feedback: readonly UnsignedEvent[];
  /** What the run took of this machine; absent where nothing ran. */
  readonly usage?: JobUsageRow;
}

/** The home's skills as the sink uses them. */
interface SkillRunner {
  /** Feedback that the job was taken. */
  taken(job: JobRow): UnsignedEvent;
  /**
   * Runs the job's skill to its end; a skill that fails is an answer, not a throw. `tell` is given partial results to publish, as many
   * as the job's payment covers beside its result.
   */
  run(
    job: JobRow,
    document: RunnerDocument,
    signal: AbortSignal,
    tell?: (event: UnsignedEvent) => void,
  ): Promise<RunnerAnswer>;
  /** What is told of a job that cannot be run: an error with this code. Throws where its request cannot be read. */
  failure(job: JobRow, code: string, message: string): RunnerAnswer;
  /** The row of a request that costs nothing. Throws InputError. */
  admitFree(document: RunnerDocument): Promise<JobRow>;
  /** What the customer of a request that was not paid for is told. Throws InputError where it cannot be read. */
  quote(document: RunnerDocument): UnsignedEvent;
  /** What the customer of a request is told that is not taken. Throws InputError where it cannot be read. */
  decline(document: RunnerDocument, code: string, message: string): UnsignedEvent;
  /** Gives a document to the skill of this name. Throws InputError when it failed. */
  call(skill: string, document: RunnerDocument, signal: AbortSignal): Promise<void>;
  /** Gives a message to the skill that takes its kind. Its answer is signed and wrapped; null where there is none. Throws InputError. */
  answer(document: RunnerDocument, signal: AbortSignal): Promise<NostrEvent | null>;
}

/** Makes a runner. */
export function createSkillRunner(options: SkillRunnerOptions): SkillRunner {
  const { host, clock } = options;
  const respond = (amountUnits: bigint, spentBytes = 0): RespondOptions => ({
    nowS: Math.floor(clock() / 1000),
    provider: options.pubkey,
    amountUnits,
    limitBytes: resultLimitBytes(amountUnits, options, spentBytes),
    freeWrites: options.freeWrites,
    asset: options.rules?.().asset,
  });
  const opener = options.signer ?? null;
  return {
    taken(job) {
      const request = readEvent(job.request);
      const words = { info: job.attempt > 1 ? `started again (${job.attempt})` : "started" };
      return feedbackTemplate(request, "processing", words, respond(job.amountUnits));
    },
    async run(job, document, signal, tellPartial) {
      const request = readEvent(document.bytes);
      const answered = respond(job.amountUnits);
      // A clock that was set back makes no job younger than its last change.
      const passedMs = Math.max(clock(), job.createdAtMs, job.updatedAtMs) - job.createdAtMs;
      const leftS = Math.ceil(job.timeoutS - passedMs / 1000);
      if (leftS < 1) {
        return failed(request, "timeout", "the job's time was over before it began", answered);
      }
      let open: NostrEvent;
      try {
        open = await openRequest(request, opener);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        return failed(request, error.code, error.message, answered);
      }
      const hidden = open !== request;
      const roomBytes = maxContentBytes(request, answered);
      const parts = partialResults(
        // What was encrypted has no parts in the open.
        hidden ? 0 : partialBytes(job.amountUnits, options),
        (words) => feedbackTemplate(request, "partial", words, respond(job.amountUnits)),
        tellPartial,
      );
      reached("skill.before_run");
      const log = jobLogWriter(options.store, job.jobId, {
        failed: (error) => options.log?.(job.jobId, `its log ends here: ${messageOf(error)}`),
      });
      const storage = hidden ? undefined : options.storage;
      const ran = await host.runKind({
        jobId: job.jobId,
        attempt: job.attempt,
        // What was encrypted is written anew, since a skill has no key.
        bytes: hidden ? encodeToon(open, "1.4") : document.bytes,
        encoding: hidden ? "toon" : document.encoding,
        kind: request.kind,
        event: open,
        hidden,
        timeoutS: leftS,
        maxContentBytes: hidden
          ? maxPlaintextBytes(roomBytes)
          : largeRoomBytes(request.kind, job.amountUnits, roomBytes, storage),
        encrypted: hidden,
        storage: storageOf(job.amountUnits, options.storage),
      }, {
        signal,
        feedback: parts.feedback,
        output: log.write,
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
      const outcome = ran.status === "error" ? ran : await storedOutcome(ran, roomBytes, storage);
      tell(options, job.jobId, outcome);
      const usage = usageOf(job.jobId, document, outcome);
      const after = respond(job.amountUnits, parts.spentBytes());
      if (outcome.status === "error") {
        const code = outcome.errorCode ?? "skill_failed";
        const words = hidden ? "the job failed; its words would be open to all" : outcome.content;
        return {
          ...failed(request, code, words, after),
          usage,
          exitCode: outcome.exitCode ?? null,
        };
      }
      return {
        status: outcome.status,
        exitCode: outcome.exitCode ?? null,
        errorCode: null,
        errorMessage: null,
        result: resultTemplate(
          request,
          hidden ? await sealed(request, outcome, options) : outcome,
          after,
        ),
        feedback: [],
        usage,
      };
    },
    failure(job, code, message) {
      return failed(readEvent(job.request), code, message, respond(job.amountUnits));
    },
    async admitFree(document) {
      if (options.rules === null) throw new InputError("bad_job", "nothing is provided here");
      const event = readEvent(document.bytes);
      const rules = options.rules();
      const open = await openRequest(event, opener);
      const admission = admit(event, document.bytes.length, rules, clock(), open);
      if ("fault" in admission) throw new InputError(admission.fault, admission.message);
      if (admission.priceUnits > 0n) {
        throw new InputError(
          "not_free",
          `the price is ${formatUnits(admission.priceUnits, rules.asset ?? UNITS)}`,
        );
      }
      const jobId = await options.store.freeJobId(event.id);
      return providerRow(admission, document.bytes.slice(), jobId, false, rules, clock());
    },
    quote(document) {
      const price = BigInt(String(document.known.price_units ?? 0));
      const address = options.ilpAddress ?? null;
      return quoteTemplate(readEvent(document.bytes), address, respond(price));
    },
    decline(document, code, message) {
      const words = { info: message, code };
      return feedbackTemplate(readEvent(document.bytes), "error", words, respond(0n));
    },
    async call(skill, document, signal) {
      const request = unpaid(document, readEvent(document.bytes), options);
      const outcome = await host.runNamed(skill, request, { signal });
      tell(options, request.jobId, outcome);
      refuseFailed(outcome);
    },
    async answer(document, signal) {
      const event = readEvent(document.bytes);
      const skill = await host.registry.forKind(event.kind);
      if (skill === null) {
        throw new InputError("no_skill", `there is no skill for kind ${event.kind}`);
      }
      const message = skill.manifest.decrypt && event.kind === GIFT_WRAP_KIND
        ? await openMessage(event, opener)
        : undefined;
      const request = {
        ...unpaid(document, event, options),
        ...(message && { message, maxContentBytes: maxWrappedBytes(options.limitBytes) }),
      };
      const outcome = await host.run(skill, request, { signal });
      tell(options, request.jobId, outcome);
      refuseFailed(outcome);
      return message === undefined || outcome.content.trim() === ""
        ? null
        : await answerMessage(message, outcome.content, opener!, clock());
    },
  };
}

/** An event that nobody pays for, as a skill gets it. */
function unpaid(
  { bytes, encoding, known }: RunnerDocument,
  event: NostrEvent,
  { limitBytes }: SkillRunnerOptions,
) {
  const jobId = typeof known.job_id === "string" ? known.job_id : `event-${event.id.slice(0, 7)}`;
  return {
    jobId,
    attempt: 1,
    bytes,
    encoding,
    kind: event.kind,
    event,
    maxContentBytes: limitBytes,
  };
}

function refuseFailed({ status, errorCode, content }: SkillOutcome): void {
  if (status === "error") throw new InputError(errorCode ?? "skill_failed", content);
}

function failed(
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

/** The outcome of an encrypted request, for its customer alone. */
async function sealed(
  request: NostrEvent,
  outcome: SkillOutcome,
  { signer }: SkillRunnerOptions,
): Promise<SkillOutcome> {
  // NIP-44 encrypts no empty text.
  const content = await signer!.encrypt(request.pubkey, outcome.content || " ");
  return { ...outcome, content };
}

function tell(options: SkillRunnerOptions, jobId: string, outcome: SkillOutcome): void {
  if (outcome.log) options.log?.(jobId, outcome.log);
}

/** The bytes were verified on their way; this only makes the value of them again. */
function readEvent(bytes: Uint8Array): NostrEvent {
  try {
    return parseEvent(decodeDocument(bytes, { maxBytes: 1 << 20 }).event);
  } catch (cause) {
    if (!(cause instanceof EventError)) throw cause;
    throw new InputError("malformed", cause.message, { cause });
  }
}
