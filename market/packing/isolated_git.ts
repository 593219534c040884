/**
 * Git, asked about files that a stranger may have made. Each question goes to a fresh git dir in a temporary folder, with no
 * configuration but what stands here: the input's own `.git/config` is never read as a configuration, nor is the user's, so that no
 * filter, hook, fsmonitor, alias, submodule or credential helper that they name can run. Nothing is fetched.
 *
 * @module
 */
import { InputError } from "./input_error.ts";

/** What runs git, and where it may write. */
export interface GitTools {
  /** Absolute path or name of git. */
  readonly git: string;
  /** `PATH` for git; its relative entries are left out. */
  readonly path: string;
  /** The user's own folder, where the files that they always ignore are named; null where there is none. */
  readonly userHome: string | null;
  /** A folder that is not there yet. */
  readonly scratch: string;
}

/** One question. */
interface GitQuestion {
  /** Where git runs; the scratch folder unless told. */
  readonly cwd?: string;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes that are answers; 0 alone unless told. */
  readonly answers?: readonly number[];
  /** Whether the user's own settings are read, which is right only where one value is asked for. */
  readonly userSettings?: boolean;
  /** 1 MiB unless told; at more the answer is refused. */
  readonly maxBytes?: number;
}

/** A fresh git dir, removed when it is disposed. */
export interface IsolatedGit extends AsyncDisposable {
  /** The git dir. */
  readonly gitDir: string;
  /** Asks; gives standard output. Throws InputError `git_failed`, `git_missing`, `too_large`. */
  ask(args: readonly string[], question?: GitQuestion): Promise<Uint8Array>;
}

/** Nothing of git takes longer, unless a file of the input is a pipe or its disk is away. */
const TIMEOUT_MS = 60_000;

/** Makes the git dir. */
export async function isolatedGit(tools: GitTools): Promise<IsolatedGit> {
  const gitDir = tools.scratch;
  await Deno.mkdir(gitDir, { mode: 0o700 });
  const remove = () => Deno.remove(gitDir, { recursive: true });
  try {
    for (const folder of ["objects/info", "refs", "info"]) {
      await Deno.mkdir(`${gitDir}/${folder}`, { recursive: true });
    }
    await Deno.writeTextFile(`${gitDir}/HEAD`, "ref: refs/heads/main\n");
    await Deno.writeTextFile(`${gitDir}/config`, gitConfig("sha1"));
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    gitDir,
    ask: (args, question = {}) => ask(tools, args, question),
    [Symbol.asyncDispose]: remove,
  };
}

/** The whole configuration of a fresh git dir for objects of one format. */
export function gitConfig(format: "sha1" | "sha256"): string {
  const lines = ["[core]", "repositoryformatversion = 1", "bare = false"];
  if (format === "sha256") lines.push("[extensions]", "objectformat = sha256");
  return `${lines.join("\n")}\n`;
}

const FIXED = [
  "safe.bareRepository=explicit",
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "core.untrackedCache=false",
  "core.attributesFile=/dev/null",
  "core.pager=cat",
  "credential.helper=",
  "protocol.allow=never",
  "submodule.recurse=false",
  "gc.auto=0",
  "maintenance.auto=false",
].flatMap((setting) => ["-c", setting]);

async function ask(
  tools: GitTools,
  args: readonly string[],
  question: GitQuestion,
): Promise<Uint8Array> {
  const { answers = [0], maxBytes = 1 << 20 } = question;
  const child = start(tools, args, question);
  let stopped: "late" | "large" | null = null;
  const stop = (why: "late" | "large") => {
    stopped ??= why;
    try {
      child.kill("SIGKILL");
    } catch {
      // It ended by itself.
    }
  };
  const timer = setTimeout(() => stop("late"), TIMEOUT_MS);
  try {
    const [stdout, stderr, { code }] = await Promise.all([
      bounded(child.stdout, maxBytes, () => stop("large")),
      bounded(child.stderr, 65_536, () => undefined),
      child.status,
    ]);
    if (stopped === "large") {
      throw new InputError("too_large", "the folder holds more names than a job may");
    }
    if (stopped === "late") throw failed(args, `took over ${TIMEOUT_MS / 1000} s`);
    if (!answers.includes(code)) throw failed(args, `exited ${code}: ${lastWords(stderr)}`);
    return stdout;
  } finally {
    clearTimeout(timer);
  }
}

function start(
  { git, path, userHome, scratch }: GitTools,
  args: readonly string[],
  { cwd = scratch, env = {}, userSettings = false }: GitQuestion,
): Deno.ChildProcess {
  try {
    return new Deno.Command(git, {
      args: [`--git-dir=${scratch}`, ...FIXED, ...args],
      cwd,
      clearEnv: true,
      env: {
        // A relative entry would be looked up in the input.
        PATH: path.split(":").filter((folder) => folder.startsWith("/")).join(":"),
        // Names the file of what this user always ignores; settings are not read from it.
        HOME: userHome ?? "/nonexistent",
        LC_ALL: "C",
        ...(userSettings ? {} : { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" }),
        GIT_ATTR_NOSYSTEM: "1",
        GIT_TERMINAL_PROMPT: "0",
        GIT_ASKPASS: "/bin/false",
        GIT_OPTIONAL_LOCKS: "0",
        GIT_NO_REPLACE_OBJECTS: "1",
        GIT_NO_LAZY_FETCH: "1",
        ...env,
      },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new InputError(
      "git_missing",
      "git is not installed, and it says what of a folder is sent",
      {
        cause,
        suggestion: "Install git, or send a tar.gz that you made yourself",
      },
    );
  }
}

/** Reads all, and keeps no more than so many bytes; what is beyond is told once and dropped. */
async function bounded(
  stream: ReadableStream<Uint8Array>,
  maxBytes: number,
  tooMany: () => void,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of stream) {
    size += part.length;
    if (size <= maxBytes) parts.push(part);
    else tooMany();
  }
  return new Uint8Array(await new Blob(parts as Uint8Array<ArrayBuffer>[]).arrayBuffer());
}

function lastWords(stderr: Uint8Array): string {
  const lines = new TextDecoder().decode(stderr).trim().split("\n");
  return (lines.find((line) => line.startsWith("fatal")) ?? lines.at(-1) ?? "").slice(0, 300);
}

function failed(args: readonly string[], how: string): InputError {
  const verb = args.find((arg) => /^[a-z]/.test(arg)) ?? "";
  return new InputError("git_failed", `Cannot tell which files to send: git ${verb} ${how}`, {
    suggestion:
      "See what 'git status' says in that folder, or send a tar.gz that you made yourself",
  });
}
