/**
 * References to what a step left behind, as templates and conditions write them: `steps.build.result.tests.passed`. Every part is a
 * name or the place in a list; nothing is called and nothing is computed.
 *
 * @module
 */
import { SequenceError } from "./sequence_error.ts";

/** A reference, read. */
export interface Reference {
  /** The step that it speaks of. */
  readonly step: string;
  /** The way from there, at least one part. */
  readonly path: readonly string[];
  /** As it was written. */
  readonly text: string;
}

/** A value of JSON. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** What steps left behind, by name. */
export type StepValues = ReadonlyMap<string, JsonValue>;

/** A step's name: lower-case letters, digits and `_`, beginning with a letter, at most 32. */
export const STEP_NAME = /^[a-z][a-z0-9_]{0,31}$/;

/** What can be asked of a step, whatever its result is. */
const STEP_FIELDS: readonly string[] = [
  "status",
  "result",
  "exit_code",
  "job_id",
  "event_id",
  "provider",
  "attempts",
  "paid_units",
  "error",
];

const REFERENCE = /^steps\.([a-z][a-z0-9_]{0,31})((?:\.[A-Za-z0-9_-]{1,64}){1,16})$/;

/** Reads a reference. Throws SequenceError `bad_sequence`. */
export function parseReference(text: string): Reference {
  const match = REFERENCE.exec(text);
  if (match === null) {
    throw new SequenceError(
      "bad_sequence",
      `${JSON.stringify(text.slice(0, 80))} is not a reference`,
      "write steps.NAME.FIELD, e.g. steps.build.result.log",
    );
  }
  const path = match[2].slice(1).split(".");
  if (!STEP_FIELDS.includes(path[0])) {
    throw new SequenceError(
      "bad_sequence",
      `a step has no field ${path[0]} (in ${text})`,
      `one of ${STEP_FIELDS.join(", ")}`,
    );
  }
  return { step: match[1], path, text };
}

/**
 * What a reference leads to; undefined where it leads nowhere. A path that goes on behind a text reads that text as JSON, so that a
 * result which is JSON can be taken apart.
 */
export function lookUp({ step, path }: Reference, values: StepValues): JsonValue | undefined {
  let value = values.get(step);
  for (const part of path) {
    if (typeof value === "string") value = parsed(value);
    if (Array.isArray(value)) value = /^\d{1,6}$/.test(part) ? value[Number(part)] : undefined;
    else if (typeof value === "object" && value !== null && Object.hasOwn(value, part)) {
      value = (value as { readonly [name: string]: JsonValue })[part];
    } else return undefined;
  }
  return value;
}

function parsed(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
