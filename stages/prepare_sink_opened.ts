/**
 * What prepareSink records when the key to a sealed result was paid. The opened result becomes the job's result, and its callback is added.
 * A key that does not open the result is stored with it as evidence, and the job ends.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { BAD_RESULT } from "../protocols/failure_codes.ts";
import { isEnded, type JobStatus } from "../protocols/job_status.ts";
import type { JobRow } from "../store/job_row.ts";
import type { Change, Store } from "../store/store.ts";
import type { ResultOpener, SinkOutcome } from "./prepare_sink_services.ts";

/** The changes after a key was paid; null if the sale is no longer waiting, or the key belongs to another quote. */
export async function openedChanges(
  { store, results }: {
    readonly store: Pick<Store, "sealedOf" | "resultSchemaOf">;
    readonly results?: ResultOpener;
  },
  job: JobRow,
  { units, fulfilment }: Extract<SinkOutcome, { state: "done" }>,
  nowMs: number,
): Promise<readonly Change[] | null> {
  const { jobId, eventId, amountUnits, callbackSkill } = job;
  const sale = await store.sealedOf(eventId, "buyer");
  if (sale === null || sale.state !== "waiting" || fulfilment === undefined) return null;
  // Only the key that the quote named is evidence for or against its provider.
  if (sha256(fulfilment).toHex() !== sale.condition) return null;
  if (results === undefined) throw new TypeError("prepareSink needs what opens results");
  const paid = { amountUnits: amountUnits + units, updatedAtMs: nowMs };
  const settle = (state: "opened" | "broken"): Change => ({
    op: "settleSealed",
    eventId,
    role: "buyer",
    state,
    key: fulfilment.toHex(),
  });
  const patch = (fields: Partial<JobRow>): Change => ({
    op: "patchJob",
    jobId,
    role: "buyer",
    patch: { ...paid, ...fields },
  });
  const schema = job.provider === null ? null : await store.resultSchemaOf(jobId, job.provider);
  const opened = results.open(job.kind, sale.result, fulfilment, schema);
  if ("broken" in opened) {
    const end = isEnded(job.status) ? {} : { status: "error" as const };
    return [
      settle("broken"),
      patch({ ...end, errorCode: "broken_key", errorMessage: opened.broken }),
    ];
  }
  const { document, known } = opened;
  const end: Partial<JobRow> = {
    // A job that was cancelled meanwhile stays cancelled, but gets its result.
    ...job.status === "cancelled" ? {} : { status: known.status as JobStatus },
    resultEventId: opened.eventId,
    result: document,
    exitCode: typeof known.exit_code === "number" ? known.exit_code : null,
    errorCode: textOf(known.error_code),
    errorMessage: textOf(known.error_message),
  };
  // The next provider may be asked, as after a result that was not sealed.
  const isBad = known.error_code === BAD_RESULT && !isEnded(job.status);
  return [
    settle("opened"),
    ...isBad
      ? [patch({}), {
        op: "passJobOn" as const,
        jobId,
        eventId,
        code: BAD_RESULT,
        message: textOf(known.error_message) ?? "",
        atMs: nowMs,
        otherwise: { ...paid, ...end },
      }]
      : [patch(end)],
    ...callbackSkill === null ? [] : [{
      op: "addCallback" as const,
      row: {
        jobId,
        eventId: opened.eventId,
        skill: callbackSkill,
        document,
        encoding: "json" as const,
      },
      atMs: nowMs,
    }],
  ];
}

function textOf(value: string | number | undefined): string | null {
  return value === undefined ? null : String(value);
}
