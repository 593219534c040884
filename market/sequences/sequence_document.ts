/**
 * Reads and checks the document of a sequence: all keys are known, references name only earlier steps, and `on_failure` names only later
 * steps. Errors name the step and the line, before anything is bought. `docs/sequences.md` describes the format.
 *
 * @module
 */
import { type Asset, formatUnits, typedUnits, UNITS } from "../../protocols/ilp/asset.ts";
import type { SequencePath } from "../../store/sequence_row.ts";
import { SequenceError } from "./sequence_error.ts";
import { readStep, type SequenceStep, type StepDraft, type StepOptions } from "./sequence_step.ts";
import { compileStep } from "./compiled_step.ts";
import { STEP_NAME } from "./reference.ts";
import {
  amountOf,
  checkKeys,
  listOf,
  objectOf,
  type Place,
  refuse,
  textOf,
} from "./document_fields.ts";

/** A checked sequence, as plain JSON. */
export interface SequenceDocument {
  /** The name for people. Null if the file has none. */
  readonly name: string | null;
  /** The budget in base units, in decimal. Null if only the bids limit the cost. */
  readonly budgetUnits: string | null;
  /** The steps, followed by those of the failure path. */
  readonly steps: readonly SequenceStep[];
}

/** The options of {@link parseSequenceDocument}. */
interface SequenceDocumentOptions extends StepOptions {
  /** The name of the document in errors, e.g. the file's name. */
  readonly source: string;
  /** The line of a key in a step of a list, from 1. Null if it is not known. */
  readonly lineOf?: (list: SequencePath | null, index: number, key: string | null) => number | null;
}

/** The largest checked document with its inputs, in bytes. */
export const MAX_DOCUMENT_BYTES = 512 * 1024;

const MAX_STEPS = 32;
const CHAIN_KEYS = ["name", "budget", "steps", "failure"];
/**
 * Checks the parsed content of a TOML or JSON file.
 *
 * @throws {SequenceError} `bad_sequence`: names the problem, its step and line, and what to do
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseSequenceDocument } from "./sequence_document.ts";
 *
 * const { steps } = parseSequenceDocument({
 *   steps: [
 *     { name: "one", type: "echo", input: "hello" },
 *     { name: "two", type: "echo", input: "again: {{ steps.one.result }}" },
 *   ],
 * }, { units: BigInt, timeoutS: 300, source: "sequence" });
 * assert.deepEqual(steps.map(({ name, onFailure }) => [name, onFailure]), [["one", "stop"], ["two", "stop"]]);
 * ```
 */
export function parseSequenceDocument(
  value: unknown,
  options: SequenceDocumentOptions,
): SequenceDocument {
  const at = placeIn(options, null, 0, "");
  const document = objectOf(value, at, "a sequence");
  checkKeys(document, CHAIN_KEYS, at);
  const lists = { steps: document.steps, failure: document.failure ?? [] };
  const names: string[] = [];
  const drafts = (["steps", "failure"] as const).flatMap((path) => {
    const list = listOf(lists[path], at, path);
    if (list.length > MAX_STEPS) refuse(at, path, `has at most ${MAX_STEPS} entries`, "split it");
    return list.map((entry, index): StepDraft => {
      const fields = objectOf(entry, at, `an entry of ${path}`);
      const name = nameOf(fields, placeIn(options, path, index, ""), names);
      names.push(name);
      return { path, fields, name, at: placeIn(options, path, index, name) };
    });
  });
  if (!drafts.some(({ path }) => path === "steps")) {
    refuse(at, "steps", "is empty", "write at least one [[steps]]");
  }
  const firstFailure = drafts.find(({ path }) => path === "failure")?.name ?? "stop";
  const steps = drafts.map((draft) =>
    readStep(draft, draft.path === "failure" ? "continue" : firstFailure, options)
  );
  for (const [index, step] of steps.entries()) checkWays(step, index, steps, drafts[index].at);
  const budgetUnits = document.budget === undefined
    ? null
    : amountOf(document.budget, at, "budget", options.units);
  checkBudget(budgetUnits, steps, at, options.asset ?? UNITS);
  return {
    name: document.name === undefined ? null : textOf(document.name, at, "name", 64),
    budgetUnits: budgetUnits === null ? null : String(budgetUnits),
    steps,
  };
}

function placeIn(
  { source, lineOf }: SequenceDocumentOptions,
  list: SequencePath | null,
  index: number,
  name: string,
): Place {
  return {
    where: list === null ? "" : `step ${name === "" ? index + 1 : name}: `,
    source: (key) => {
      const line = lineOf?.(list, index, key) ?? null;
      return line === null ? source : `${source}:${line}`;
    },
  };
}

function nameOf(fields: StepDraft["fields"], at: Place, names: readonly string[]): string {
  const name = textOf(fields.name, at, "name", 32);
  if (!STEP_NAME.test(name) || name === "stop" || name === "continue") {
    refuse(
      at,
      "name",
      `cannot be ${JSON.stringify(name)}`,
      "use lower-case letters, digits and _, beginning with a letter; stop and continue are reserved",
    );
  }
  if (names.includes(name)) refuse(at, "name", `${name} is there twice`, "give each its own");
  return name;
}

/** Checks that a step uses only steps before it, and that `on_failure` names only a step after it. So a sequence has no cycles. */
function checkWays(
  step: SequenceStep,
  index: number,
  steps: readonly SequenceStep[],
  at: Place,
): void {
  const compiled = attempt(() => compileStep(step), at);
  for (const { key, reference } of compiled.references) {
    const used = steps.findIndex(({ name }) => name === reference.step);
    if (used < 0) {
      refuse(
        at,
        key,
        `uses ${reference.text}, but there is no step ${reference.step}`,
        namesOf(steps),
      );
    }
    if (used >= index) {
      refuse(
        at,
        key,
        `uses ${reference.text}, but ${reference.step} does not run before ${step.name}`,
        "a step can only use steps that run before it",
      );
    }
  }
  const { onFailure } = step;
  if (onFailure === "stop" || onFailure === "continue") return;
  const target = steps.findIndex(({ name }) => name === onFailure);
  if (target < 0) {
    refuse(
      at,
      "on_failure",
      `names no step: ${JSON.stringify(onFailure)}`,
      `stop, continue, ${namesOf(steps)}`,
    );
  }
  if (target <= index) {
    refuse(
      at,
      "on_failure",
      `leads back to ${onFailure}`,
      "name a later step: a sequence goes forward",
    );
  }
}

function attempt<Value>(read: () => Value, at: Place): Value {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SequenceError)) throw error;
    const key = "key" in error && typeof error.key === "string" ? error.key : null;
    const words = `${at.source(key)}: ${at.where}${key ?? ""}: ${error.message}`;
    throw new SequenceError(error.code, words, error.suggestion, { cause: error });
  }
}

/** A budget below the sum of the bids is refused, before the first step is paid for. */
function checkBudget(
  budget: bigint | null,
  steps: readonly SequenceStep[],
  at: Place,
  asset: Asset,
): void {
  if (budget === null) return;
  const bids = steps.reduce((sum, { bidUnits }) => sum + BigInt(bidUnits ?? 0), 0n);
  if (bids <= budget) return;
  refuse(
    at,
    "budget",
    `is ${formatUnits(budget, asset)}, and the bids of the steps add up to ${
      formatUnits(bids, asset)
    }`,
    `raise it to ${typedUnits(bids, asset)}, or lower bids`,
  );
}

function namesOf(steps: readonly SequenceStep[]): string {
  return `the steps are ${steps.map(({ name }) => name).join(", ")}`;
}
