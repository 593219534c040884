/**
 * `crosstown hook`: `job callback`, as Gas Town calls it.
 *
 * @module
 */
import type { CommandSpec } from "../../shell/command.ts";
import { jobCommandAs } from "./renamed_command.ts";

/** `crosstown hook`. */
export const command: CommandSpec = jobCommandAs(
  "callback",
  "hook",
  "bring a job's result to its callback skill again ('job callback')",
);
