/**
 * Runs a provider's paid jobs and a buyer's callbacks with the home's skills, and makes events of their outcomes. It is the service
 * `skills` of skillSink.
 *
 * @module
 */
import { formatUnits, UNITS } from "../protocols/ilp/asset.ts";
import type { NostrEvent, UnsignedEvent } from "../protocols/nostr/event.ts";
import { GIFT_WRAP_KIND } from "../protocols/nostr/kinds.ts";
import type { SkillOutcome } from "../skills/skill.ts";
import type { JobRow } from "../store/job_row.ts";
import { admit, providerRow } from "./admission.ts";
import { InputError } from "./packing/input_error.ts";
import { type InvoiceQuote, invoiceQuote } from "./invoice_quote.ts";
import { MessageRate } from "./message_rate.ts";
import { logSkill, type Metering, runPaidJob } from "./paid_run.ts";
import { answerMessage, maxWrappedBytes, openMessage } from "./private_message.ts";
import { openRequest } from "./private_request.ts";
import { relayQuote } from "./relay_quote.ts";
import { announcementTag, feedbackTemplate, priceTemplate } from "./respond.ts";
import {
  failedAnswer,
  readEvent,
  respondOptions,
  type RunnerAnswer,
  type RunTerms,
} from "./run_answer.ts";
import type { RunnerDocument, SkillRunnerOptions } from "./skill_runner_options.ts";

/** The skills of this home, as skillSink runs them. */
export interface SkillRunner {
  /** Makes the feedback that the provider has taken the job: it runs, or, before its first attempt, it waits. */
  taken(job: JobRow): UnsignedEvent;
  /**
   * Runs a job's skill to its end. If the skill fails, the answer has the status `error`; nothing is thrown. `tell` receives partial
   * results to publish, as many as the job's payment covers in addition to its result. The processes stand still while `metering` says so.
   * `terms`: how the job is paid, if the caller has read it.
   */
  run(
    job: JobRow,
    document: RunnerDocument,
    signal: AbortSignal,
    tell?: (event: UnsignedEvent) => void,
    metering?: Metering,
    terms?: RunTerms,
  ): Promise<RunnerAnswer>;
  /** Makes the answer for a job that cannot run: an error with this code. Throws if the job's request cannot be read. */
  failure(job: JobRow, code: string, message: string): RunnerAnswer;
  /** The row of a request that costs nothing. Throws InputError. */
  admitFree(document: RunnerDocument): Promise<JobRow>;
  /**
   * Makes the feedback for an unpaid request: a binding quote, or only the price if this provider gives no quotes. If the request gets no
   * quote, it is an error with that code. Throws InputError if the request cannot be read.
   */
  quote(
    document: RunnerDocument,
  ): Promise<{ readonly code: string; readonly event: UnsignedEvent }>;
  /**
   * Makes the feedback for an unpaid request with a Lightning invoice, and the rows to commit with it. Null if this provider takes no
   * Lightning, or if the request is not accepted any more. Rejects if the wallet makes no invoice.
   */
  quoteByInvoice(document: RunnerDocument): Promise<InvoiceQuote | null>;
  /** Makes the feedback for a request that is refused. Throws InputError if the request cannot be read. */
  decline(document: RunnerDocument, code: string, message: string): UnsignedEvent;
  /** Gives a document to a skill by its name. Resolves when the skill accepted it; throws InputError if the skill failed. */
  call(skill: string, document: RunnerDocument, signal: AbortSignal): Promise<void>;
  /**
   * Gives a message to the skill that accepts its kind. Resolves with the signed and wrapped answer; null if there is none. Throws
   * InputError if the skill failed.
   */
  answer(document: RunnerDocument, signal: AbortSignal): Promise<NostrEvent | null>;
}

/** How the commit that answers a request with its price names the outcome. */
const PAYMENT_REQUIRED = "payment_required";

/** Makes a runner. */
export function createSkillRunner(options: SkillRunnerOptions): SkillRunner {
  const { host, clock } = options;
  const opener = options.signer ?? null;
  const rate = new MessageRate();
  return {
    taken(job) {
      const request = readEvent(job.request);
      const started = job.attempt > 1 ? `started again (${job.attempt})` : "started";
      const words = { info: job.attempt === 0 ? "waits for a free place" : started };
      return feedbackTemplate(
        request,
        "processing",
        words,
        respondOptions(options, job.amountUnits),
      );
    },
    run(job, document, signal, tellPartial, metering, terms) {
      return runPaidJob(options, job, document, signal, tellPartial, metering, terms);
    },
    failure(job, code, message) {
      return failedAnswer(
        readEvent(job.request),
        code,
        message,
        respondOptions(options, job.amountUnits),
      );
    },
    async admitFree(document) {
      if (options.rules === null) throw new InputError("bad_job", "this home is not a provider");
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
    async quote(document) {
      const { quotes, rules } = options;
      const request = readEvent(document.bytes);
      const price = BigInt(String(document.known.price_units ?? 0));
      const told = respondOptions(options, price);
      if (quotes === undefined || opener === null || rules === null) {
        const event = priceTemplate(request, options.ilpAddress ?? null, told);
        return { code: PAYMENT_REQUIRED, event };
      }
      const made = await relayQuote(request, {
        terms: quotes,
        rules: rules(),
        signer: opener,
        store: options.store,
        announcement: announcementTag(told),
        asset: told.asset ?? UNITS,
        nowMs: clock(),
      });
      if (!("code" in made)) return { code: PAYMENT_REQUIRED, event: made };
      const { code, message: info } = made;
      return { code, event: feedbackTemplate(request, "error", { info, code }, told) };
    },
    async quoteByInvoice(document) {
      const { lightning, rules, freeWrites } = options;
      // What an answer costs on a paid relay is not in the price.
      if (lightning === undefined || rules === null || freeWrites !== true) return null;
      const event = readEvent(document.bytes);
      const [open, jobId] = await Promise.all([
        openRequest(event, opener),
        options.store.freeJobId(event.id),
      ]);
      const asked = { event, bytes: document.bytes, open, jobId };
      return await invoiceQuote(lightning, asked, rules(), respondOptions(options, 0n), clock());
    },
    decline(document, code, message) {
      const words = { info: message, code };
      return feedbackTemplate(
        readEvent(document.bytes),
        "error",
        words,
        respondOptions(options, 0n),
      );
    },
    async call(skill, document, signal) {
      const request = unpaid(document, readEvent(document.bytes), options);
      const outcome = await host.runNamed(skill, request, { signal });
      logSkill(options, request.jobId, outcome);
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
      const author = message?.pubkey ?? event.pubkey;
      if (!rate.take(skill.manifest.name, author, clock())) {
        throw new InputError("too_many", `too many messages for ${skill.manifest.name}`);
      }
      const request = {
        ...unpaid(document, event, options),
        ...(message && { message, maxContentBytes: maxWrappedBytes(options.limitBytes) }),
      };
      const outcome = await host.run(skill, request, { signal });
      logSkill(options, request.jobId, outcome);
      refuseFailed(outcome);
      return message === undefined || outcome.content.trim() === ""
        ? null
        : await answerMessage(message, outcome.content, opener!, clock());
    },
  };
}

/** The form in which a skill gets an event that nobody pays for. */
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
