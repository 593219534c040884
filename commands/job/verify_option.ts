/**
 * `--verify` as it is given, and which options do not go with a job that several providers do.
 *
 * @module
 */
import { parseVerifyRule, type VerifyRule } from "../../market/verify_rule.ts";
import type { Invocation } from "../../shell/command.ts";
import { UsageError } from "../../shell/errors.ts";

/** The rule of `--verify`; null where it is not given. Throws InputError, UsageError where it does not go with another option. */
export function verifyRule({ options }: Pick<Invocation, "options">): VerifyRule | null {
  const text = options.text("verify");
  if (text === undefined) return null;
  const rule = parseVerifyRule(text);
  const misfit = misfitOfSeveral("--verify", options);
  if (misfit !== null) throw misfit;
  return rule;
}

/** Why these options do not go with one that has several providers do the job; null where they do. */
export function misfitOfSeveral(
  name: "--verify" | "--challenge",
  options: Invocation["options"],
): UsageError | null {
  if (options.text("provider") !== undefined) {
    return new UsageError(`${name} asks several providers`, "leave --provider out");
  }
  if (["on-delivery", "metered"].includes(options.text("payment") ?? "")) {
    return new UsageError(
      `a job of ${name} is private and paid upfront`,
      "leave --payment out",
    );
  }
  if (options.text("callback") === undefined) return null;
  return new UsageError(
    "--callback would be given answers that do not count",
    "wait with --wait, or run 'crosstown job wait' before the skill",
  );
}
