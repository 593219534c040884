/**
 * One step of a sequence's file.
 *
 * @module
 */
import { CI_RUN } from "../../protocols/nostr/kinds.ts";
import type { Asset } from "../../protocols/ilp/asset.ts";
import { suggestionOf } from "../../base/thrown.ts";
import type { JobFlags } from "../intake.ts";
import { parseRequirements } from "../requirement.ts";
import type { Preference } from "../standing.ts";
import type { PackedInput } from "../pack_input.ts";
import { kindOfJob } from "../job_request.ts";
import type { SequencePath } from "../../store/sequence_row.ts";
import {
  amountOf,
  checkKeys,
  listOf,
  numberOf,
  objectOf,
  type Place,
  refuse,
  textOf,
} from "./document_fields.ts";

/** The input of a step. `packed` replaces `file` and `url` after they were read. */
type SequenceInput =
  | { readonly text: string }
  | { readonly file: string }
  | { readonly url: string }
  | { readonly packed: PackedInput };

/** A checked step, as plain JSON. */
export interface SequenceStep {
  /** The name, unique within the sequence. */
  readonly name: string;
  /** Whether the step belongs to the normal steps or to the failure path. */
  readonly path: SequencePath;
  /** The job type: `echo`, `ci-run`... */
  readonly type: string;
  /** The kind of the request, 5000 to 5999. */
  readonly kind: number;
  /** The input. Null if there is none. */
  readonly input: SequenceInput | null;
  /** Parameters in order. Their values are templates. */
  readonly params: readonly (readonly [name: string, value: string])[];
  /** The platform, e.g. `linux/amd64`. Null accepts any. */
  readonly platform: string | null;
  /** `t` tags that the provider must have. */
  readonly tags: readonly string[];
  /** What the provider must announce, as `job submit --require` takes it. Default: nothing. */
  readonly require?: readonly string[];
  /** How providers that fit are ordered. Default: the cheapest first. */
  readonly prefer?: Preference;
  /** How the job is paid. Default: upfront, or as the limit for strangers allows. */
  readonly payment?: NonNullable<JobFlags["payment"]>;
  /** The most that one job of this step may cost in all, base units in decimal. */
  readonly bidUnits: string | null;
  /** The provider that is asked, 64 hex digits. Null accepts any. */
  readonly provider: string | null;
  /** The time from buying to the result in seconds, 1 to 86,400. */
  readonly timeoutS: number;
  /** How often the job is bought again after a failure, each time from another provider. */
  readonly retries: number;
  /** The condition under which the step runs. Null if it always runs. */
  readonly when: string | null;
  /** `stop`, `continue`, or the name of a later step. */
  readonly onFailure: string;
}

/** A step as it was written, with its checked name and its place. */
export interface StepDraft {
  /** The list in which it is. */
  readonly path: SequencePath;
  /** Its fields as they were written. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Its name, which was already checked. */
  readonly name: string;
  /** Its place, for errors. */
  readonly at: Place;
}

/** How amounts are read, and the defaults of a step. */
export interface StepOptions {
  /** Converts a written amount into base units. Throws an error that says what is wrong. */
  readonly units: (text: string) => bigint;
  /** The asset in which errors name amounts. Default: base units. */
  readonly asset?: Asset;
  /** The timeout of a step that gives none, in seconds. */
  readonly timeoutS: number;
}

const MAX_TEXT = 64 * 1024;
const STEP_KEYS = [
  "name",
  "type",
  "kind",
  "input",
  "input_file",
  "input_url",
  "params",
  "platform",
  "tags",
  "require",
  "prefer",
  "payment",
  "bid",
  "provider",
  "timeout",
  "retries",
  "when",
  "on_failure",
];

/** Reads a step. Throws SequenceError `bad_sequence` with the place. */
export function readStep(draft: StepDraft, onFailure: string, options: StepOptions): SequenceStep {
  const { fields, name, path, at } = draft;
  checkKeys(fields, STEP_KEYS, at);
  const type = textOf(fields.type, at, "type", 64);
  const provider = optional(fields.provider, () => textOf(fields.provider, at, "provider", 64));
  if (provider !== null && !/^[0-9a-f]{64}$/.test(provider)) {
    refuse(at, "provider", "must be a public key of 64 hex digits", "see 'crosstown dev status'");
  }
  const retries = numberOf(fields.retries ?? 0, at, "retries", 0, 5);
  if (provider !== null && retries > 0) {
    refuse(
      at,
      "retries",
      "go to another provider, and this step names one",
      "leave provider or retries out",
    );
  }
  const platform = optional(fields.platform, () => textOf(fields.platform, at, "platform", 64));
  if (platform !== null && !/^[a-z0-9]+\/[a-z0-9]+(\/[a-z0-9]+)?$/.test(platform)) {
    refuse(at, "platform", "must be os/arch", "e.g. linux/amd64");
  }
  const params = paramsOf(fields.params ?? {}, at);
  const kind = kindOf(type, fields.kind, at);
  if (kind === CI_RUN.kind && !params.some(([param]) => param === "command")) {
    refuse(at, "params", "must name the command of a ci-run", 'e.g. params = { command = "make" }');
  }
  return {
    name,
    path,
    type,
    kind,
    input: inputOf(fields, at),
    params,
    platform,
    tags: listOf(fields.tags ?? [], at, "tags").map((tag) => textOf(tag, at, "tags", 100)),
    ...fields.require !== undefined && { require: requirementsOf(fields.require, at) },
    ...fields.prefer !== undefined && { prefer: wordOf(fields.prefer, at, "prefer", PREFERENCES) },
    ...fields.payment !== undefined && { payment: wordOf(fields.payment, at, "payment", PAYMENTS) },
    bidUnits: optional(
      fields.bid,
      () => String(amountOf(fields.bid, at, "bid", options.units)),
    ),
    provider,
    timeoutS: numberOf(fields.timeout ?? options.timeoutS, at, "timeout", 1, 86_400),
    retries,
    when: optional(fields.when, () => textOf(fields.when, at, "when", 1_000)),
    onFailure: optional(fields.on_failure, () => textOf(fields.on_failure, at, "on_failure", 32)) ??
      onFailure,
  };
}

const PREFERENCES = ["price", "latency", "history"] as const;
const PAYMENTS = ["upfront", "on-delivery", "metered", "free"] as const;

function requirementsOf(value: unknown, at: Place): string[] {
  const texts = (Array.isArray(value) ? value : [value])
    .map((each) => textOf(each, at, "require", 1_000));
  for (const text of texts) {
    try {
      parseRequirements(text);
    } catch (error) {
      refuse(at, "require", `is not ${JSON.stringify(text)}`, suggestionOf(error) ?? "");
    }
  }
  return texts;
}

function wordOf<Word extends string>(
  value: unknown,
  at: Place,
  key: string,
  words: readonly Word[],
): Word {
  const text = textOf(value, at, key, 32);
  const found = words.find((word) => word === text);
  return found ?? refuse(at, key, `cannot be ${JSON.stringify(text)}`, `write ${words.join(", ")}`);
}

function optional<Value>(field: unknown, read: () => Value): Value | null {
  return field === undefined ? null : read();
}

function kindOf(type: string, kind: unknown, at: Place): number {
  const given = kind === undefined ? undefined : numberOf(kind, at, "kind", 5_000, 5_999);
  try {
    return kindOfJob(type, given);
  } catch (error) {
    const what = `${JSON.stringify(type)} is not a known job type`;
    return refuse(at, "type", what, suggestionOf(error) ?? "");
  }
}

function inputOf(fields: StepDraft["fields"], at: Place): SequenceInput | null {
  const given = ["input", "input_file", "input_url"].filter((key) => fields[key] !== undefined);
  if (given.length === 0) return null;
  if (given.length > 1) refuse(at, given[1], `stands beside ${given[0]}`, "keep one of them");
  const [key] = given;
  const text = textOf(fields[key], at, key, MAX_TEXT, 0);
  if (key === "input") return { text };
  if (key === "input_file") return { file: text };
  if (!/^https:\/\/\S+$/.test(text)) {
    refuse(at, key, "must be an https address", "a text stands in input, a path in input_file");
  }
  return { url: text };
}

function paramsOf(value: unknown, at: Place): SequenceStep["params"] {
  return Object.entries(objectOf(value, at, "params")).map(([name, param]) => {
    if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/.test(name)) {
      refuse(at, "params", `cannot have ${JSON.stringify(name)}`, "use letters, digits, _ . -");
    }
    if (typeof param === "number" || typeof param === "boolean") return [name, String(param)];
    return [name, textOf(param, at, `params.${name}`, MAX_TEXT, 0)];
  });
}
