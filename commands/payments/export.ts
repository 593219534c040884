/**
 * `crosstown export`: an alias of `payments export`.
 *
 * @module
 */
import { type CommandSpec, renamed } from "../../shell/command.ts";
import { EXPORT } from "./payments.ts";

/** `crosstown export`. */
export const command: CommandSpec = {
  ...EXPORT,
  examples: renamed(EXPORT.examples, "payments export", "export"),
  summary: "export payments and earnings for a spreadsheet or a program",
};
