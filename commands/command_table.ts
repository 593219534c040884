/**
 * Every command group: its name, its line in the help, and how it is loaded.
 *
 * @module
 */
import type { CommandSpec } from "./command.ts";

/** A group that is not loaded yet. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<{ readonly command: CommandSpec }>;
}

/** The groups, in the order of the help. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: "version",
    summary: "show the version and what it runs on",
    load: () => import("./version.ts"),
  },
];
