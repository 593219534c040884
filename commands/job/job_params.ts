/**
 * Reads a job's parameters from the command line.
 *
 * @module
 */
import { CI_RUN, ECHO, kindOfType } from "../../protocols/nostr/kinds.ts";
import type { Invocation } from "../../shell/command.ts";
import { UsageError } from "../../shell/errors.ts";

/** Puts all patterns into one parameter, one on each line. */
export function artifactParam(patterns: readonly string[]): [string, string][] {
  return patterns.length === 0 ? [] : [["artifacts", patterns.join("\n")]];
}

/** Parses `name=value`. Throws UsageError. */
export function paramOf(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  if (at < 1) {
    throw new UsageError(
      `--param must be name=value (got ${text})`,
      "e.g. --param command='make test'",
    );
  }
  return [text.slice(0, at), text.slice(at + 1)];
}

/**
 * Checks that a `ci-run` has a command, and an `echo` an input. Without them the request would be paid for, and the provider would refuse
 * it. Throws UsageError.
 */
export function checkNeeds({ args, options }: Invocation): void {
  const kind = Number(options.text("kind") ?? kindOfType(args.required("type")));
  if (kind === CI_RUN.kind && !options.list("param").some((text) => text.startsWith("command="))) {
    throw new UsageError(
      "ci-run needs a command to run",
      "add it, e.g. --param command='sh test.sh'",
    );
  }
  const isGiven = options.list("input").length > 0 || options.text("context") !== undefined;
  if (kind === ECHO.kind && !isGiven) {
    throw new UsageError("echo needs an input", "add it, e.g. --input hello");
  }
}
