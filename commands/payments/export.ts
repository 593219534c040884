/**
 * `crosstown export`: another name of `payments export`.
 *
 * @module
 */
import type { CommandSpec } from "../shell/command.ts";
import { EXPORT } from "./payments.ts";

/** `crosstown export`. */
export const command: CommandSpec = {
  ...EXPORT,
  summary: "payments and earnings for a spreadsheet or a program",
};
