/**
 * The checks of a home as lines for people.
 *
 * @module
 */
import { folded } from "../../shell/fitted_text.ts";
import { type Output, printable } from "../../shell/output.ts";
import type { Check } from "./check.ts";

/** The columns of `ok`, `warn` and `FAIL`. */
const MARK = 6;

/** A line for each check, with what to do below it. */
export function checksText(
  output: Output,
  checks: readonly (Pick<Check, "status" | "message" | "suggestion"> & { readonly name: string })[],
): string {
  const mark = {
    ok: output.style("green", "ok"),
    warn: output.style("yellow", "warn"),
    fail: output.style("red", "FAIL"),
  };
  const names = Math.max(...checks.map(({ name }) => name.length));
  const indent = MARK + names + 2;
  const beside = (text: string) => folded(printable(text), output.width, indent);
  return checks.flatMap(({ status, name, message, suggestion }) => {
    const left = `${mark[status]}${" ".repeat(MARK - status.length)}${name.padEnd(names + 2)}`;
    return [
      `${left}${beside(message)}`,
      ...(suggestion === null ? [] : [`${" ".repeat(indent)}${beside(suggestion)}`]),
    ];
  }).join("\n");
}
