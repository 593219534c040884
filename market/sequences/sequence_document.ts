/**
 * A sequence as its file describes it, checked: every key known, every reference to a step that runs before, every way onward. What is
 * wrong is told with its step and line before anything is bought. `docs/sequences.md` describes the format for people.
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

/** A sequence, checked. Plain JSON. */
export interface SequenceDocument {
  /** For people; null where the file has none. */
  readonly name: string | null;
  /** Base units in decimal; null leaves it to the bids. */
  readonly budgetUnits: string | null;
  /** The steps, then those of the failure path. */
  readonly steps: readonly SequenceStep[];
}

/** What {@link parseSequenceDocument} is told. */
interface SequenceDocumentOptions extends StepOptions {
  /** What errors call it, e.g. the file's name. */
  readonly source: string;
  /** The line of a key in a step of a list, from 1; null where it is not known. */
  readonly lineOf?: (list: SequencePath | null, index: number, key: string | null) => number | null;
}

/** Bytes of a checked document with its inputs. */
export const MAX_DOCUMENT_BYTES = 512 * 1024;

const MAX_STEPS = 32;
const CHAIN_KEYS = ["name", "budget", "steps", "failure"];
/**
 * Checks what a TOML or JSON file held.
 *
 * @throws {SequenceError} `bad_sequence`: what, in which step and line, and what to do
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

/** What a step uses has run before it, and where it leads comes after it: no sequence goes in circles. */
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

/** A step that cannot be paid for is found out before the first one is. */
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
