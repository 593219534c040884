/**
 * The spans of a job that has ended, from this home's journal: the whole job, the time in each status, and each payment. They have amounts,
 * kinds and outcomes, and nothing of the job's input, parameters, log or result. Pure.
 *
 * @module
 */
import { rootSpanIdOf, type Span, spanIdOf } from "../../protocols/otlp/span.ts";
import type { JournalEntry } from "../../store/journal_row.ts";

/** A journal entry, and when its packet was signed; null if it has none. */
export interface TracedEntry {
  readonly entry: JournalEntry;
  readonly signedAtMs: number | null;
}

/**
 * The spans of a job.
 *
 * @param entries the job's entries in order, the last one with the status in which it ended
 * @param role whose entries of the job they are
 */
export function jobSpans(
  requestId: string,
  role: "buyer" | "provider",
  entries: readonly TracedEntry[],
): Span[] {
  const own = entries.filter(({ entry }) => entry.type !== "job" || entry.data.role === role);
  const steps = own.filter(({ entry }) => entry.type === "job").map(({ entry }) => entry);
  const last = steps.at(-1);
  if (last === undefined) return [];
  const whole = spanIdOf(requestId, role);
  const about = aboutOf(last, role);
  const root: Span = {
    requestId,
    spanId: whole,
    parentSpanId: role === "buyer" ? null : rootSpanIdOf(requestId),
    name: `${role === "buyer" ? "job" : "work"} ${last.kind ?? ""}`.trim(),
    kind: role === "buyer" ? 3 : 2,
    startMs: steps[0].atMs,
    endMs: last.atMs,
    failed: last.outcome !== "success",
    attributes: { ...about, "crosstown.status": last.outcome },
  };
  const times = steps.slice(1).map((step, i): Span => ({
    requestId,
    spanId: spanIdOf(requestId, `${role} status ${step.seq}`),
    parentSpanId: whole,
    name: `until ${step.outcome}`,
    kind: 1,
    startMs: steps[i].atMs,
    endMs: step.atMs,
    failed: false,
    attributes: about,
  }));
  return [root, ...times, ...own.flatMap((each) => moneySpan(requestId, role, last, each) ?? [])];
}

/**
 * A payment or earning as a span below the span of its job; null for another entry. Also for a payment after the job's end, as that of a
 * provider for the write of its result.
 *
 * @param job an entry of the job's own, for its id and kind
 */
export function moneySpan(
  requestId: string,
  role: "buyer" | "provider",
  job: Pick<JournalEntry, "jobId" | "kind">,
  { entry, signedAtMs }: TracedEntry,
): Span | null {
  if (entry.type !== "payment" && entry.type !== "earning") return null;
  const [purpose] = String(entry.data.obligation ?? "").split(":");
  return {
    requestId,
    spanId: spanIdOf(requestId, `${role} ${entry.type} ${entry.seq}`),
    parentSpanId: spanIdOf(requestId, role),
    name: `${entry.type} ${purpose}`.trim(),
    kind: entry.type === "payment" ? 3 : 2,
    startMs: signedAtMs ?? entry.atMs,
    endMs: entry.atMs,
    failed: entry.outcome !== "fulfilled",
    attributes: {
      ...aboutOf(job, role),
      "crosstown.outcome": entry.outcome,
      ...(entry.amountUnits === null ? {} : { "crosstown.amount_units": entry.amountUnits }),
      ...(entry.bytes === null ? {} : { "crosstown.bytes": entry.bytes }),
    },
  };
}

function aboutOf({ jobId, kind }: Pick<JournalEntry, "jobId" | "kind">, role: string) {
  return {
    "crosstown.role": role,
    ...(jobId === null ? {} : { "crosstown.job_id": jobId }),
    ...(kind === null ? {} : { "crosstown.kind": kind }),
  };
}
