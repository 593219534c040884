/**
 * Git with fixed arguments for untrusted repositories: only the configuration below, no hooks, no submodules, no prompts, checked objects,
 * at most one protocol, and limits of time, memory and output.
 *
 * @module
 */
import { type ChildResult, runChild } from "../../sandbox/child.ts";
import { limitedShell } from "../../sandbox/shell_limits.ts";
import { SkillError } from "../../skill_error.ts";
import type { Tools } from "../../sandbox/tools.ts";

/** The transport that a command may use. */
type GitProtocol = "none" | "file" | "https" | "http";

/** Runs git commands of one job. */
export interface Git {
  /** Runs a command and returns its standard output. Throws SkillError `git_failed`, or `git_limit` if a limit was reached. */
  run(args: readonly string[], options?: GitOptions): Promise<Uint8Array>;
}

/** The options of one command. */
interface GitOptions {
  /** Default: `none`. */
  readonly protocol?: GitProtocol;
  /** Default: 60,000. */
  readonly timeoutMs?: number;
  /** Default: 1 MiB. */
  readonly outputBytes?: number;
}

const FIXED = [
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "core.autocrlf=false",
  "core.protectNTFS=true",
  "core.bigFileThreshold=1m",
  "credential.helper=",
  "fetch.fsckObjects=true",
  "transfer.fsckObjects=true",
  "submodule.recurse=false",
  "fetch.recurseSubmodules=false",
  "gc.auto=0",
  "maintenance.auto=false",
  "pack.threads=1",
  "http.followRedirects=false",
  "http.lowSpeedLimit=100",
  "http.lowSpeedTime=20",
  "init.defaultBranch=main",
  "advice.detachedHead=false",
];

/** Makes a git for jobs. `home` is an empty folder. */
export function createGit(options: {
  readonly tools: Tools;
  readonly home: string;
  readonly clock: () => number;
  readonly signal: AbortSignal;
}): Git {
  const { tools, home, clock, signal } = options;
  return {
    async run(args, { protocol = "none", timeoutMs = 60_000, outputBytes = 1 << 20 } = {}) {
      const { git, sh, path } = tools;
      if (git === null || sh === null) {
        throw new SkillError("git_missing", "git is not installed on this machine");
      }
      const settings = [...FIXED, "protocol.allow=never"];
      if (protocol !== "none") settings.push(`protocol.${protocol}.allow=always`);
      const result = await runChild({
        command: sh,
        args: [
          "-c",
          limitedShell({ memoryMb: 1024, processes: null }),
          "sh",
          git,
          ...settings.flatMap((setting) => ["-c", setting]),
          ...args,
        ],
        env: {
          PATH: path,
          HOME: home,
          LC_ALL: "C",
          GIT_CONFIG_GLOBAL: "/dev/null",
          GIT_CONFIG_NOSYSTEM: "1",
          GIT_ATTR_NOSYSTEM: "1",
          GIT_TERMINAL_PROMPT: "0",
          GIT_ASKPASS: "/bin/false",
          GIT_AUTHOR_NAME: "crosstown",
          GIT_AUTHOR_EMAIL: "crosstown@localhost",
          GIT_COMMITTER_NAME: "crosstown",
          GIT_COMMITTER_EMAIL: "crosstown@localhost",
          GIT_AUTHOR_DATE: "1970-01-01T00:00:00Z",
          GIT_COMMITTER_DATE: "1970-01-01T00:00:00Z",
        },
        timeoutMs,
        outputBytes,
        sh,
        path,
        signal,
        clock,
      });
      check(result, args);
      return result.stdout.bytes;
    },
  };
}

function check(result: ChildResult, args: readonly string[]): void {
  // The message contains only the git command, because arguments contain paths of this machine.
  const verb = args.find((arg, at) => !arg.startsWith("-") && args[at - 1] !== "-C") ?? "git";
  if (result.end !== "exit") {
    throw new SkillError("git_limit", `git ${verb} was stopped at its limit of ${result.end}`);
  }
  if (result.exitCode === 0) return;
  const lines = new TextDecoder().decode(result.stderr.bytes).trim().split("\n");
  const words = lines.find((line) => /^(fatal|error)/.test(line)) ?? lines.at(-1) ?? "";
  throw new SkillError(
    "git_failed",
    `git ${verb} exited ${result.exitCode}: ${words.replaceAll(/'?\/[^\s']+'?/g, "PATH")}`
      .slice(0, 300),
  );
}
