/**
 * Runs git once, with limits for its time and its output.
 *
 * @module
 */
import { InputError } from "./input_error.ts";

/** The answer of git. */
export interface GitAnswer {
  readonly code: number;
  readonly stdout: Uint8Array;
  /** Its standard error, at most 64 KiB. */
  readonly stderr: string;
}

/** Git takes longer only if a file of the input is a pipe, or its disk is unavailable. */
const TIMEOUT_MS = 60_000;
const MAX_WORDS_BYTES = 65_536;

/** Starts git with only this environment. Throws InputError `git_missing`. */
export function startGit(
  git: string,
  { args, cwd, env }: {
    readonly args: string[];
    readonly cwd: string;
    readonly env: Record<string, string>;
  },
): Deno.ChildProcess {
  try {
    return new Deno.Command(git, {
      args,
      cwd,
      env,
      clearEnv: true,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new InputError(
      "git_missing",
      "git is not installed, and git decides which files of a folder are sent",
      {
        cause,
        suggestion: "Install git, or send a tar.gz that you made yourself",
      },
    );
  }
}

/** Waits for git's answer. Throws InputError `too_large` if the output is larger than `maxBytes`, `git_failed` if git takes too long. */
export async function readingGit(
  child: Deno.ChildProcess,
  verb: string,
  maxBytes: number,
): Promise<GitAnswer> {
  let stopped: "late" | "large" | null = null;
  const stop = (why: "late" | "large") => {
    stopped ??= why;
    try {
      child.kill("SIGKILL");
    } catch {
      // The process has already ended.
    }
  };
  const timer = setTimeout(() => stop("late"), TIMEOUT_MS);
  try {
    const [stdout, stderr, { code }] = await Promise.all([
      bounded(child.stdout, maxBytes, () => stop("large")),
      bounded(child.stderr, MAX_WORDS_BYTES, () => undefined),
      child.status,
    ]);
    if (stopped === "large") {
      throw new InputError("too_large", "the folder has more files than a job may have");
    }
    if (stopped === "late") throw gitFailed(verb, `took over ${TIMEOUT_MS / 1000} s`);
    return { code, stdout, stderr: new TextDecoder().decode(stderr) };
  } finally {
    clearTimeout(timer);
  }
}

/** The error if git cannot list the files. Then nothing is sent. */
export function gitFailed(verb: string, how: string): InputError {
  return new InputError("git_failed", `Cannot tell which files to send: git ${verb} ${how}`, {
    suggestion:
      "Correct the problem that git names, or send everything except .git with --include-ignored, or send your own tar.gz",
  });
}

/** Reads the whole stream and returns it if it has at most `maxBytes`. What exceeds the limit is dropped, and `tooMany` is called. */
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
