/**
 * One run of git: bounded in time and in what it says.
 *
 * @module
 */
import { InputError } from "./input_error.ts";

/** What git answered. */
export interface GitAnswer {
  readonly code: number;
  readonly stdout: Uint8Array;
  /** What it said beside, at most 64 KiB. */
  readonly stderr: string;
}

/** Nothing of git takes longer, unless a file of the input is a pipe or its disk is away. */
const TIMEOUT_MS = 60_000;
const MAX_WORDS_BYTES = 65_536;

/** Starts git with this environment and no other. Throws InputError `git_missing`. */
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

/** Waits for its answer. Throws InputError `too_large` at more than so many bytes, `git_failed` when it takes too long. */
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
      // It ended by itself.
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
      throw new InputError("too_large", "the folder holds more names than a job may");
    }
    if (stopped === "late") throw gitFailed(verb, `took over ${TIMEOUT_MS / 1000} s`);
    return { code, stdout, stderr: new TextDecoder().decode(stderr) };
  } finally {
    clearTimeout(timer);
  }
}

/** Git cannot say what is ignored, so nothing is sent. */
export function gitFailed(verb: string, how: string): InputError {
  return new InputError("git_failed", `Cannot tell which files to send: git ${verb} ${how}`, {
    suggestion:
      "Correct the problem that git names, or send everything except .git with --include-ignored, or send your own tar.gz",
  });
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
