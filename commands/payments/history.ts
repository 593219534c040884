/**
 * `crosstown history`: an alias of `payments history`.
 *
 * @module
 */
import { type CommandSpec, renamed } from "../../shell/command.ts";
import { HISTORY } from "./payments.ts";

/** `crosstown history`. */
export const command: CommandSpec = {
  ...HISTORY,
  examples: renamed(HISTORY.examples, "payments history", "history"),
};
