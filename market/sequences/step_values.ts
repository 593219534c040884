/**
 * The values of a step that later steps can use. Results come from strangers, so they are read here, in a worker without permissions, and
 * only if a reference needs them.
 *
 * @module
 */
import type { PrintedResult } from "../read_result.ts";
import type { SequenceState } from "../../store/sequence_row.ts";
import type { Store } from "../../store/store.ts";
import type { CompiledStep } from "./compiled_step.ts";
import type { JsonValue, StepValues } from "./reference.ts";

/** What reading values needs. */
export interface ValueSources {
  readonly store: Pick<Store, "getJob">;
  readonly readResult: (kind: number, document: Uint8Array) => Promise<PrintedResult>;
}

/** The values of all steps to which a step refers. Rejects with ResultContentError if a result cannot be read. */
export async function valuesFor(
  { references }: Pick<CompiledStep, "references">,
  state: SequenceState,
  sources: ValueSources,
): Promise<StepValues> {
  const values = new Map<string, JsonValue>();
  for (const { reference: { step } } of references) {
    if (values.has(step)) continue;
    const wanted = references.some(({ reference }) =>
      reference.step === step && reference.path[0] === "result"
    );
    values.set(step, await valueOf(step, state, wanted, sources));
  }
  return values;
}

async function valueOf(
  name: string,
  { steps, attempts }: SequenceState,
  withResult: boolean,
  { store, readResult }: ValueSources,
): Promise<JsonValue> {
  const row = steps.find((each) => each.name === name);
  const own = attempts.filter(({ step }) => step === name);
  const last = own.at(-1);
  const job = withResult && last !== undefined ? await store.getJob(last.jobId, "buyer") : null;
  const result = job === null || job.result === null
    ? null
    : await readResult(job.kind, job.result);
  const paid = own.reduce((sum, { paidUnits }) => sum + paidUnits, 0n);
  return {
    status: row?.status ?? null,
    result: result === null ? null : result.content ?? documentOf(result),
    exit_code: last?.exitCode ?? null,
    job_id: last?.jobId ?? null,
    event_id: last?.eventId ?? null,
    provider: last?.provider ?? null,
    attempts: own.length,
    // A number, so that conditions can compare it.
    paid_units: Number(paid),
    error: row === undefined || row.errorCode === null
      ? null
      : { code: row.errorCode, message: row.errorMessage ?? "" },
  };
}

function documentOf(result: PrintedResult): JsonValue {
  return JSON.parse(JSON.stringify(result)) as JsonValue;
}
