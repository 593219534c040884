/**
 * `crosstown sling`: `job submit`, as Gas Town calls it.
 *
 * @module
 */
import type { CommandSpec } from "../../shell/command.ts";
import { jobCommandAs } from "./renamed_command.ts";

/** `crosstown sling`. */
export const command: CommandSpec = jobCommandAs(
  "submit",
  "sling",
  "post a job (Gas Town's name of 'job submit')",
);
