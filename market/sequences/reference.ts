/**
 * References to the results of a step, in templates and conditions: `steps.build.result.tests.passed`. Every part is a name or an index in
 * a list. Nothing is called or computed.
 *
 * @module
 */
import { SequenceError } from "./sequence_error.ts";

/** A parsed reference. */
export interface Reference {
  /** The name of the step. */
  readonly step: string;
  /** The path from the step to the value, at least one part. */
  readonly path: readonly string[];
  /** The text of the reference. */
  readonly text: string;
}

/** A JSON value. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** The values of steps, by step name. */
export type StepValues = ReadonlyMap<string, JsonValue>;

/** The pattern of a step's name: lower-case letters, digits and `_`, starting with a letter, at most 32 characters. */
export const STEP_NAME = /^[a-z][a-z0-9_]{0,31}$/;

/** The fields that every step has. */
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

/** Parses a reference. Throws SequenceError `bad_sequence`. */
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
 * The value of a reference. Undefined if there is none. If a path continues after a text, the text is parsed as JSON, so that fields of a
 * JSON result can be used.
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
