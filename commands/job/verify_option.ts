/**
 * Reads `--verify` and `--compare`, and checks which options cannot be combined with a job that several providers do.
 *
 * @module
 */
import { parseVerifyRule, type VerifyRule } from "../../market/verify_rule.ts";
import { misfitOfComparator } from "../../market/comparators.ts";
import { InputError } from "../../market/packing/input_error.ts";
import { kindOfType, REQUEST_KINDS } from "../../protocols/nostr/kinds.ts";
import { type Comparator, COMPARATORS } from "../../store/verification_row.ts";
import type { Invocation } from "../../shell/command.ts";
import { UsageError } from "../../shell/errors.ts";

/** The rule of `--verify`. Null if the option is absent. Throws InputError, and UsageError if another option cannot be combined with it. */
export function verifyRule({ options }: Pick<Invocation, "options">): VerifyRule | null {
  const text = options.text("verify");
  if (text === undefined) return null;
  const rule = parseVerifyRule(text);
  const misfit = misfitOfSeveral("--verify", options);
  if (misfit !== null) throw misfit;
  return rule;
}

/** The error if one of these options cannot be combined with an option for several providers. Null if all can. */
export function misfitOfSeveral(
  name: "--verify" | "--challenge",
  options: Invocation["options"],
): UsageError | null {
  if (options.text("provider") !== undefined) {
    return new UsageError(`${name} asks several providers`, "leave --provider out");
  }
  if (options.text("callback") === undefined) return null;
  return new UsageError(
    "--callback would be given answers that do not count",
    "wait with --wait, or run 'crosstown job wait' before the skill",
  );
}

/** How answers are compared, and by which skill. */
export interface ComparedHow {
  readonly compare: Comparator;
  /** The skill that judges; null for every other comparison. */
  readonly judge: string | null;
}

/**
 * How `--compare` has answers compared. Throws InputError if the job's kind has no such answers, UsageError if nothing is compared or if it
 * is no comparison.
 *
 * @param compares Whether the answers of several providers may be compared.
 */
export function comparatorOf(
  { args, options }: Pick<Invocation, "args" | "options">,
  compares: boolean,
): ComparedHow {
  const text = options.text("compare");
  if (text === undefined) return { compare: "kind", judge: null };
  if (!compares) {
    throw new UsageError(
      "--compare says how answers of several providers are compared",
      "give --verify or --challenge too",
    );
  }
  const [, judge] = /^skill:([a-z0-9-]{1,64})$/.exec(text) ?? [];
  if (judge !== undefined) return { compare: "skill", judge };
  const compare = COMPARATORS.find((each) => each === text && each !== "skill");
  if (compare === undefined) {
    throw new UsageError(
      `--compare is kind, exit, digest, json or skill:NAME (got ${JSON.stringify(text)})`,
      "'crosstown skill list' shows your skills",
    );
  }
  const given = options.integer("kind", { min: REQUEST_KINDS.first, max: REQUEST_KINDS.last });
  const kind = given ?? kindOfType(args.required("type"));
  // A type without a kind is refused when its request is built.
  const misfit = kind === undefined ? null : misfitOfComparator(kind, compare);
  if (misfit === null) return { compare, judge: null };
  throw new InputError("bad_job", `--compare ${compare} does not fit: ${misfit}`, {
    suggestion: "leave --compare out",
  });
}
