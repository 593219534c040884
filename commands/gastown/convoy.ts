/**
 * `crosstown convoy`: `job sequence`, as Gas Town calls it.
 *
 * @module
 */
import type { CommandSpec } from "../../shell/command.ts";
import { jobCommandAs } from "./renamed_command.ts";

/** `crosstown convoy`. */
export const command: CommandSpec = jobCommandAs(
  "sequence",
  "convoy",
  "jobs one after the other ('job sequence')",
);
