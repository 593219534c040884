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
    name: "demo",
    summary: "one whole paid job on an embedded network, step by step",
    load: () => import("./demo.ts"),
  },
  {
    name: "dev",
    summary: "an embedded network to try everything on: up, status, down",
    load: () => import("./dev.ts"),
  },
  {
    name: "job",
    summary: "buy compute: submit, status, results, list, wait, cancel",
    load: () => import("./job.ts"),
  },
  {
    name: "node",
    summary: "a provider: take paid jobs, run them, publish their results",
    load: () => import("./node.ts"),
  },
  {
    name: "mayor",
    summary: "a buyer's daemon: send jobs, take in results, call skills",
    load: () => import("./mayor.ts"),
  },
  {
    name: "wallet",
    summary: "this home's keys: init, whoami",
    load: () => import("./wallet.ts"),
  },
  {
    name: "stage",
    summary: "run one stage of a pipeline alone, on files or standard input",
    load: () => import("./stage.ts"),
  },
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
