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
    name: "relay",
    summary: "the relay that this home talks to",
    load: () => import("./relay_status.ts"),
  },
  {
    name: "config",
    summary: "show each value and where it came from",
    load: () => import("./config.ts"),
  },
  {
    name: "doctor",
    summary: "check configuration, keys, git, relay and connector",
    load: () => import("./doctor.ts"),
  },
  {
    name: "logs",
    summary: "show the program log of this home",
    load: () => import("./logs.ts"),
  },
  {
    name: "version",
    summary: "show the version and what it runs on",
    load: () => import("./version.ts"),
  },
];
