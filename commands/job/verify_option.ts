/**
 * Reads `--verify`, and checks which options cannot be combined with a job that several providers do.
 *
 * @module
 */
import { parseVerifyRule, type VerifyRule } from "../../market/verify_rule.ts";
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
