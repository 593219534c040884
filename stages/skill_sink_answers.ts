/**
 * The part of skillSink for buyers: an accepted result or feedback becomes the job's outcome. The answers to one job are processed one
 * after another, each against the job's row at that time: the first of two results counts, and none counts after the job has ended.
 *
 * @module
 */
import { isConflict } from "../store/store_error.ts";
import { BAD_RESULT } from "../protocols/failure_codes.ts";
import { readAnswer, saysTheSame } from "../protocols/nostr/same_answer.ts";
import type { Change } from "../store/store.ts";
import {
  isOpen,
  isPast,
  type JobStatus,
  takesFeedback,
  takesResult,
} from "../protocols/job_status.ts";
import type { JobRow } from "../store/job_row.ts";
import { checkedClaim } from "./skill_sink_claims.ts";
import { answerChange, SEEN, seenChange, text } from "./skill_sink_changes.ts";
import { invoiceChange } from "./skill_sink_invoice.ts";
import { quoteChange } from "./skill_sink_quote.ts";
import { sealedChanges } from "./skill_sink_sealed.ts";
import type { Came, SkillDocument, SkillSinkServices } from "./skill_sink_services.ts";
import type { Item, StageContext } from "./stage.ts";

/** If the rows change under every try, something else is wrong, and the stage ends. */
const MAX_CONFLICTS = 4;

/**
 * The most feedback for one job. Each one causes a commit, a log line and a call of the job's skill, and the provider decides how many it
 * sends.
 */
const MAX_FEEDBACK = 64;
/** The most jobs whose feedback is counted. The oldest is forgotten first, and its count starts again. */
const MAX_COUNTED_JOBS = 1_024;

/**
 * Makes the buyer's side of the sink. Held: one promise for each job with an answer in progress, and a counter for each of at most 1,024
 * jobs. After 64, a job's feedback is refused as `too_many` without a record in the store, except feedback that says that the job failed.
 */
export function answers(
  { store }: Pick<SkillSinkServices, "store">,
  context: StageContext,
): (item: Item, document: SkillDocument) => Promise<Came> {
  const turns = new Map<string, Promise<unknown>>();

  const counts = new Map<string, number>();

  const isFlood = (job: JobRow, { known }: Item): boolean => {
    if (known.route !== "feedback") return false;
    const count = (counts.get(job.jobId) ?? 0) + 1;
    counts.set(job.jobId, count);
    if (counts.size > MAX_COUNTED_JOBS) counts.delete(counts.keys().next().value!);
    return count > MAX_FEEDBACK && (known.status !== "error" || job.status === "error");
  };

  const take = async (jobId: string, given: Item, document: SkillDocument): Promise<Came> => {
    let item = given;
    let counted = false;
    for (let conflicts = 0;; conflicts++) {
      const id = String(item.known.id);
      // A copy from another relay may have passed the correlator before this event was settled.
      const [seen, job] = await store.readTogether(["seen", [id]], ["getJob", jobId, "buyer"]);
      if (seen[id] !== undefined) return SEEN;
      if (job === null) return { outcome: "failed", detail: "job is gone" };
      if (!counted && isFlood(job, item)) {
        context.count("feedback_too_many");
        return { outcome: "refused", detail: "too_many" };
      }
      counted = true;
      const overtaken = overtakenBy(job, item, document);
      if (overtaken !== null) {
        await store.commit([answerChange(item, overtaken, context.clock())]);
        return { outcome: "refused", detail: overtaken };
      }
      item = await checkedClaim(given, job, store, context.clock());
      const isSealed = item.known.sealed !== undefined;
      const sealed = isSealed ? await sealedChanges(store, job, document, context.clock()) : [];
      if (typeof sealed === "string") {
        await store.commit([answerChange(item, sealed, context.clock())]);
        return { outcome: "refused", detail: sealed };
      }
      const patch = isSealed
        ? { status: "processing" as const, updatedAtMs: context.clock() }
        : patchOf(item, document, job, context.clock());
      const quote = await quoteChange(item, document, job, store, context.clock());
      const outcome = isSealed ? "sealed" : String(item.known.status ?? item.known.route);
      try {
        await store.commit([
          ...(patch ? [changeOf(item, job, patch)] : []),
          ...sealed,
          ...invoiceChange(item, job, context.clock()),
          ...quote,
          ...isSealed ? [] : callbackOf(jobId, item, document, context.clock()),
          contradicts(job, item)
            ? answerChange(item, "contradictory", context.clock(), outcome)
            : seenChange(item, outcome, context.clock()),
        ]);
      } catch (error) {
        if (!isConflict(error) || conflicts >= MAX_CONFLICTS) throw error;
        continue;
      }
      const msg = isSealed
        ? "sealed result received"
        : item.known.route === "result"
        ? "result verified"
        : "feedback received";
      context.log("info", msg, {
        job_id: jobId,
        event_id: text(item.known.id),
        status: text(item.known.status),
      });
      return { outcome: "done", detail: jobId };
    }
  };

  return async (item, document) => {
    const jobId = String(item.known.job_id);
    const before = turns.get(jobId);
    const mine = (before ?? Promise.resolve()).catch(() => undefined)
      .then(() => take(jobId, item, document));
    turns.set(jobId, mine);
    try {
      return await mine;
    } finally {
      if (turns.get(jobId) === mine) turns.delete(jobId);
    }
  };
}

/** The callback for the job's skill, which gets the document as received. It is added in the commit that accepts the document. */
function callbackOf(
  jobId: string,
  { known }: Item,
  { bytes, encoding }: SkillDocument,
  atMs: number,
): Change[] {
  if (known.skill === undefined) return [];
  const [eventId, skill] = [String(known.id), String(known.skill)];
  return [{
    op: "addCallback",
    row: { jobId, eventId, skill, document: bytes, encoding },
    atMs,
  }];
}

/** Why an answer that was judged valid no longer counts. It was judged against an earlier state of the job's row. */
function overtakenBy(
  job: JobRow,
  { known }: Item,
  { bytes }: SkillDocument,
): "duplicate" | "contradictory" | "late" | null {
  const counts = known.route === "feedback" ? takesFeedback : takesResult;
  // A sealed result must be paid, so it does not count for a job that has ended.
  if (!counts(job.status) || known.sealed !== undefined && !isOpen(job.status)) return "late";
  if (job.resultEventId === null) return null;
  if (known.route === "feedback") {
    return known.status === "error" && job.status === "success" ? "contradictory" : "late";
  }
  const same = job.resultEventId === known.id ||
    job.result !== null && saysTheSame(readAnswer(bytes), job.result);
  return same ? "duplicate" : "contradictory";
}

/** Whether a valid result follows a message that the job failed. The result counts, and the contradiction is recorded. */
function contradicts(job: JobRow, { known }: Item): boolean {
  return known.route === "result" && known.status === "success" && job.status === "error";
}

/** The job's reason from the provider's message. A required payment stays the reason until another one is known. */
function reasonOf(
  { known }: Item,
  status: JobStatus,
  job: JobRow,
): Partial<Pick<JobRow, "errorCode" | "errorMessage">> {
  if (status === "error") {
    return {
      errorCode: text(known.error_code) ?? "provider_error",
      errorMessage: text(known.error_message) ?? null,
    };
  }
  if (status === "quoted" && known.quote !== undefined) {
    const asked = String(known.quote);
    // A provider that asks again for the same does not hide why its invoice was not paid, which may become known in this moment.
    if (job.status === "quoted" && job.errorMessage?.startsWith(asked)) return {};
    return { errorCode: "payment_required", errorMessage: asked };
  }
  return { errorCode: null, errorMessage: null };
}

/**
 * Codes with which a provider says that it cannot run any such job now. A result that does not match its schema counts alike. If the provider was paid, another is asked only if the bid covers
 * both. While its payment has no answer, no other is asked.
 */
const PROVIDER_FAULTS: readonly string[] = [
  "busy",
  "cannot_run",
  "git_missing",
  "internal",
  "internal_error",
  "kind_not_served",
  "no_skill",
  "poison",
  "sandbox_required",
];

function changeOf({ known }: Item, job: JobRow, patch: Partial<JobRow>): Change {
  const { jobId, eventId, jobPaid, amountUnits } = job;
  const code = String(known.error_code ?? "");
  const isFault = known.route === "feedback" ? PROVIDER_FAULTS.includes(code) : code === BAD_RESULT;
  const passOn = isFault && patch.status === "error" && isOpen(job.status) &&
    (jobPaid || amountUnits === 0n);
  if (!passOn) return { op: "patchJob", jobId, role: "buyer", patch };
  const message = String(known.error_message ?? "");
  const atMs = patch.updatedAtMs ?? job.updatedAtMs;
  return { op: "passJobOn", jobId, eventId, code, message, atMs, otherwise: patch };
}

function patchOf(
  item: Item,
  document: SkillDocument,
  job: JobRow,
  nowMs: number,
): Partial<JobRow> | null {
  const status = String(item.known.status) as JobStatus;
  const provider = job.provider ?? text(item.known.pubkey) ?? null;
  if (item.known.route === "feedback") {
    if (!isOpen(job.status) || isPast(job.status, status)) return null;
    return {
      status,
      provider,
      updatedAtMs: nowMs,
      ...reasonOf(item, status, job),
    };
  }
  return {
    status,
    provider,
    resultEventId: String(item.known.id),
    result: document.bytes,
    exitCode: typeof item.known.exit_code === "number" ? item.known.exit_code : null,
    errorCode: text(item.known.error_code) ?? null,
    errorMessage: text(item.known.error_message) ?? null,
    updatedAtMs: nowMs,
  };
}
