/**
 * Runs git in a folder that a stranger may have made. Git reads the configuration of the user and of the folder as usual, so that it lists
 * the same files as the user's own git. But every setting by which a configuration could make `git ls-files` or `git rev-parse` run a
 * program is set on the command line, which has precedence. Git fetches nothing.
 *
 * @module
 */
import { type GitAnswer, gitFailed, readingGit, startGit } from "./git_process.ts";
import { InputError } from "./input_error.ts";

/** How git is run, and where it may write. */
export interface GitTools {
  /** Absolute path or name of git. */
  readonly git: string;
  /** `PATH` for git. Relative entries are left out. */
  readonly path: string;
  /** The part of the user's environment that git receives, see `gitEnvironment()`. */
  readonly environment: Readonly<Record<string, string>>;
  /** A folder that does not exist yet. It becomes the git dir for a folder that is in no repository. */
  readonly scratch: string;
}

/** The options of one git call. */
interface GitQuestion {
  /** The folder in which git runs. */
  readonly cwd: string;
  /** The most bytes of output; a longer output is refused. Default: 1 MiB. */
  readonly maxBytes?: number;
}

/**
 * Settings with precedence over every configuration. An empty value names no program, and older versions of git ignore unknown settings.
 */
const FIXED = [
  "core.fsmonitor=",
  // A hook that a fork of git for large repositories runs.
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
  // No protocol is allowed, even if the folder's own settings allow one by name.
  GIT_ALLOW_PROTOCOL: "",
  GIT_SSH_COMMAND: "/bin/false",
  // The user's settings could make git write a trace.
  GIT_TRACE2: "0",
  GIT_TRACE2_EVENT: "0",
  GIT_TRACE2_PERF: "0",
};

/** Runs git. Any exit code is an answer. Throws InputError `git_failed`, `git_missing`, `too_large`. */
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
      // Git would look up a relative entry in the input folder.
      PATH: path.split(":").filter((folder) => folder.startsWith("/")).join(":"),
      ...environment,
      ...FIXED_ENVIRONMENT,
    },
  });
  return await readingGit(child, verbOf(args), maxBytes);
}

/**
 * Runs git and returns its standard output. A warning counts as a failure: git only warns if it cannot read an ignore file or if a tree is
 * missing, and then its list is wrong. Throws InputError `git_failed`, `git_missing`, `too_large`.
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

/** The most useful line of an error output: the fatal error if there is one, otherwise the last line. */
export function lastWords(stderr: string): string {
  const lines = stderr.trim().split("\n");
  return (lines.find((line) => line.startsWith("fatal")) ?? lines.at(-1) ?? "").slice(0, 300);
}

function verbOf(args: readonly string[]): string {
  return args.find((arg) => /^[a-z]/.test(arg)) ?? "";
}
