/**
 * Git, asked in a folder that a stranger may have made. It reads the configuration of the user and of the folder as it always does,
 * so that it lists what the user's own git lists. Every setting by which a configuration could have `git ls-files` or
 * `git rev-parse` run a program is set on the command line, which is heeded last; nothing is fetched.
 *
 * @module
 */
import { type GitAnswer, gitFailed, readingGit, startGit } from "./git_process.ts";
import { InputError } from "./input_error.ts";

/** What runs git, and where it may write. */
export interface GitTools {
  /** Absolute path or name of git. */
  readonly git: string;
  /** `PATH` for git; its relative entries are left out. */
  readonly path: string;
  /** What of the user's environment git is given, see `gitEnvironment()`. */
  readonly environment: Readonly<Record<string, string>>;
  /** A folder that is not there yet, for the git dir of a folder that is in no repository. */
  readonly scratch: string;
}

/** One question. */
interface GitQuestion {
  /** Where git runs. */
  readonly cwd: string;
  /** 1 MiB unless told; at more the answer is refused. */
  readonly maxBytes?: number;
}

/** Settings that count whatever a configuration says. An empty value names no program, also for a git that is older than a setting. */
const FIXED = [
  "core.fsmonitor=",
  // The hook of a fork of git for large repositories.
  "core.virtualFilesystem=",
  "core.hooksPath=/dev/null",
  "core.alternateRefsCommand=",
  "core.attributesFile=/dev/null",
  "core.untrackedCache=false",
  "core.pager=cat",
  "safe.bareRepository=explicit",
  "credential.helper=",
  "protocol.allow=never",
  "submodule.recurse=false",
  "gc.auto=0",
  "maintenance.auto=false",
].flatMap((setting) => ["-c", setting]);

const FIXED_ENVIRONMENT = {
  LC_ALL: "C",
  GIT_ATTR_NOSYSTEM: "1",
  GIT_TERMINAL_PROMPT: "0",
  GIT_ASKPASS: "/bin/false",
  GIT_OPTIONAL_LOCKS: "0",
  GIT_NO_LAZY_FETCH: "1",
  // No protocol is allowed, also where the folder's own settings allow one by name.
  GIT_ALLOW_PROTOCOL: "",
  GIT_SSH_COMMAND: "/bin/false",
  // A user's settings may have git write a trace.
  GIT_TRACE2: "0",
  GIT_TRACE2_EVENT: "0",
  GIT_TRACE2_PERF: "0",
};

/** Asks; whatever it exits with is an answer. Throws InputError `git_failed`, `git_missing`, `too_large`. */
export async function tryGit(
  tools: GitTools,
  args: readonly string[],
  { cwd, maxBytes = 1 << 20 }: GitQuestion,
): Promise<GitAnswer> {
  const { git, path, environment } = tools;
  const child = startGit(git, {
    args: ["--no-pager", "--no-optional-locks", ...FIXED, ...args],
    cwd,
    env: {
      // A relative entry would be looked up in the input.
      PATH: path.split(":").filter((folder) => folder.startsWith("/")).join(":"),
      ...environment,
      ...FIXED_ENVIRONMENT,
    },
  });
  return await readingGit(child, verbOf(args), maxBytes);
}

/**
 * Asks, and gives standard output. A warning is a failure too: git goes on without an ignore file that it cannot read, and without
 * the names in a tree that is missing. Throws InputError `git_failed`, `git_missing`, `too_large`.
 */
export async function askGit(
  tools: GitTools,
  args: readonly string[],
  question: GitQuestion,
): Promise<string> {
  const { code, stdout, stderr } = await tryGit(tools, args, question);
  const words = lastWords(stderr);
  if (code !== 0) throw gitFailed(verbOf(args), `exited ${code}: ${words}`);
  if (words !== "") throw gitFailed(verbOf(args), `says: ${words}`);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(stdout);
  } catch (cause) {
    throw new InputError("bad_input", "a name in or above the folder is not UTF-8", {
      cause,
      suggestion: "Rename that file, or send a tar.gz that you made yourself",
    });
  }
}

/** The line that says most: the error, else the last one. */
export function lastWords(stderr: string): string {
  const lines = stderr.trim().split("\n");
  return (lines.find((line) => line.startsWith("fatal")) ?? lines.at(-1) ?? "").slice(0, 300);
}

function verbOf(args: readonly string[]): string {
  return args.find((arg) => /^[a-z]/.test(arg)) ?? "";
}
