/**
 * The flags of `deno run` for this program: how it starts, and what it may do. `deno task generate` makes the tasks of `deno.json`, the
 * image's script and the README from them.
 *
 * @module
 */
import { ENV_NAMES } from "../config/environment.ts";

/**
 * How the program starts: no prompts, nothing loaded from the network, and no native parts of `ws`. `deno task` and `deno install` install
 * the packages; without `manual`, each start of the sources would look again whether all are there, which takes a quarter of its time.
 */
export const START_FLAGS: readonly string[] = [
  "--quiet",
  "--cached-only",
  "--node-modules-dir=manual",
  "--no-prompt",
  "--ignore-env=WS_NO_BUFFER_UTIL,WS_NO_UTF_8_VALIDATE",
];

/** The programs that it may run, in addition to itself. */
export const PROGRAMS: readonly string[] = ["git", "bwrap", "sh", "secret-tool", "security"];

/** Grants that differ from the task's. */
interface RunGrants {
  /** Folders that may be read; default all. */
  readonly read?: readonly string[];
  /** Folders that may be written; default all. */
  readonly write?: readonly string[];
  /** System information that may be read. */
  readonly sys?: readonly string[];
  /** Programs in addition to {@link PROGRAMS}. */
  readonly programs?: readonly string[];
}

/** The flags of `deno run`. `execPath` is the program that it may start again. */
export function runFlags(execPath: string, grants: RunGrants = {}): string[] {
  const { read, write, sys = ["uid"], programs = [] } = grants;
  const of = (name: string, list: readonly string[] | undefined) =>
    list === undefined ? `--allow-${name}` : `--allow-${name}=${list.join(",")}`;
  return [
    ...START_FLAGS,
    of("read", read),
    of("write", write),
    "--allow-net",
    of("env", ENV_NAMES),
    of("sys", sys),
    of("run", [...PROGRAMS, ...programs, execPath]),
  ];
}
