/**
 * A step whose templates and condition were parsed.
 *
 * @module
 */
import { SequenceError } from "./sequence_error.ts";
import type { SequenceStep } from "./sequence_step.ts";
import { type Condition, conditionReferences, parseCondition } from "./condition.ts";
import type { Reference, StepValues } from "./reference.ts";
import { parseTemplate, referencesOf, renderTemplate, type Template } from "./template.ts";

/** The parts of a step that are filled in before it runs. */
export interface CompiledStep {
  /** The input's template. Null if there is no input, or if it is already packed. */
  readonly input: Template | null;
  readonly params: readonly (readonly [name: string, value: Template])[];
  readonly condition: Condition | null;
  /** Every reference, with the key of the step in which it occurs. */
  readonly references: readonly { readonly key: string; readonly reference: Reference }[];
}

/** Parses templates and condition. Throws SequenceError `bad_sequence` with the key in `key`. */
export function compileStep(step: Pick<SequenceStep, "input" | "params" | "when">): CompiledStep {
  const { input, params, when } = step;
  const text = input !== null && "text" in input ? input.text : null;
  const compiled = {
    input: text === null ? null : keyed("input", () => parseTemplate(text)),
    params: params.map(([name, value]) =>
      [name, keyed("params", () => parseTemplate(value))] as const
    ),
    condition: when === null ? null : keyed("when", () => parseCondition(when)),
  };
  const referred = (key: string, references: readonly Reference[]) =>
    references.map((reference) => ({ key, reference }));
  return {
    ...compiled,
    references: [
      ...referred("input", compiled.input === null ? [] : referencesOf(compiled.input)),
      ...compiled.params.flatMap(([, value]) => referred("params", referencesOf(value))),
      ...referred(
        "when",
        compiled.condition === null ? [] : conditionReferences(compiled.condition),
      ),
    ],
  };
}

/** A step's texts after they were filled in. */
export interface FilledStep {
  readonly text: string | null;
  readonly params: readonly (readonly [name: string, value: string])[];
}

/** Fills in the templates. Throws SequenceError `missing_value`, `too_large`. */
export function fillStep(
  { input, params }: CompiledStep,
  values: StepValues,
  maxBytes: number,
): FilledStep {
  return {
    text: input === null ? null : renderTemplate(input, values, maxBytes),
    params: params.map(([name, value]) => [name, renderTemplate(value, values, maxBytes)]),
  };
}

function keyed<Value>(key: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    throw error instanceof SequenceError ? Object.assign(error, { key }) : error;
  }
}
