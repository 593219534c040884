/**
 * The flags of `deno run` with which this program is started: how it starts, and what it may do. The tasks of `deno.json`, the
 * Dockerfile and the README are made from them by `deno task generate`.
 *
 * @module
 */
import { ENV_NAMES } from "../config/environment.ts";

/** How the program starts: it asks nobody, loads nothing from the network, and `ws` takes no native part. */
export const START_FLAGS: readonly string[] = [
  "--quiet",
  "--cached-only",
  "--no-prompt",
  "--ignore-env=WS_NO_BUFFER_UTIL,WS_NO_UTF_8_VALIDATE",
];

/** What may be run beside this program itself. */
export const PROGRAMS: readonly string[] = ["git", "bwrap", "sh", "secret-tool", "security"];

/** What a process is granted beyond a fixed list of folders and hosts. */
interface RunGrants {
  /** Folders that may be read; all unless told. */
  readonly read?: readonly string[];
  /** Folders that may be written; all unless told. */
  readonly write?: readonly string[];
  /** What of the system may be asked. */
  readonly sys?: readonly string[];
  /** Programs beside {@link PROGRAMS}. */
  readonly programs?: readonly string[];
}

/** The flags of `deno run`, of which `execPath` starts the program again. */
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
