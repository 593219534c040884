/**
 * A long-running `git fast-import`. Commits count once `checkpoint` returned their hash and the branch's file contains it. The answer alone
 * proves nothing, because git also answers if it did not move the branch.
 *
 * Held: one checkpoint in progress. Data that git has not read yet waits in the pipe.
 *
 * @module
 */
import { reached } from "../../base/crash_point.ts";
import { AuditError } from "./audit_error.ts";
import { gitFailure, type GitPlace, spawnGit } from "./git_command.ts";

/** A running import. */
export interface FastImport {
  /** Whether it accepts more. */
  readonly alive: boolean;
  /**
   * Writes these pieces of a stream and makes everything so far durable; returns the hash of `mark`. A piece is requested when git has
   * accepted the one before. If it throws AuditError, the process has ended.
   */
  checkpoint(pieces: Iterable<Uint8Array<ArrayBuffer>>, mark: number): Promise<string>;
  /** Ends it properly; everything written is kept. */
  end(): Promise<void>;
  /** Ends it at once. */
  kill(): Promise<void>;
}

/** `--done`: if our process dies and the pipe ends, git must not finish commits that were not checkpointed. */
const ARGS = ["fast-import", "--quiet", "--done", "--date-format=raw"];

/** Longer than any sync of a busy disk. After this time, git hangs. */
const ANSWER_MS = 60_000;

/** Starts it. Throws AuditError `git_missing`, `unreachable`. */
export function startFastImport(place: GitPlace): FastImport {
  const child = spawnGit(place, ARGS);
  const writer = child.stdin.getWriter();
  // The exit reports a write that fails.
  writer.closed.catch(() => undefined);
  const answers = lines(child.stdout);
  const stderr = tail(child.stderr);
  let alive = true;
  const kill = async () => {
    alive = false;
    try {
      child.kill("SIGKILL");
    } catch {
      // It has already ended.
    }
    await Promise.allSettled([child.status, writer.abort(), answers.return(undefined), stderr]);
  };
  /** Ends it; returns why it failed. */
  const failure = async (): Promise<AuditError> => {
    await kill();
    return gitFailure(["fast-import"], await child.status, await stderr);
  };
  return {
    get alive() {
      return alive;
    },
    async checkpoint(pieces, mark) {
      if (!alive) throw new AuditError("git_failed", "git fast-import has ended");
      let timer: ReturnType<typeof setTimeout> | undefined;
      const late = new Promise<"late">((resolve) => {
        timer = setTimeout(() => resolve("late"), ANSWER_MS);
      });
      try {
        reached("audit.before_import");
        const written = writeAll(writer, pieces, mark);
        written.catch(() => undefined);
        const answer = await Promise.race([answers.next(), late]);
        if (answer === "late") {
          await kill();
          throw new AuditError("git_failed", `git fast-import gave no answer in ${ANSWER_MS} ms`);
        }
        reached("audit.imported");
        const hash = answer.value ?? "";
        if (answer.done || !/^[0-9a-f]{40,64}$/.test(hash)) throw await failure();
        return hash;
      } finally {
        clearTimeout(timer);
      }
    },
    async end() {
      if (!alive) return;
      alive = false;
      await writer.write(encoder.encode("done\n")).catch(() => undefined);
      await writer.close().catch(() => undefined);
      await Promise.allSettled([child.status, answers.return(undefined), stderr]);
    },
    kill,
  };
}

const encoder = new TextEncoder();

async function writeAll(
  writer: WritableStreamDefaultWriter<Uint8Array>,
  pieces: Iterable<Uint8Array<ArrayBuffer>>,
  mark: number,
): Promise<void> {
  for (const piece of pieces) await writer.write(piece);
  await writer.write(encoder.encode(`checkpoint\nget-mark :${mark}\n`));
}

async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, undefined> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop()!;
    yield* parts;
  }
}

const KEEP_CHARS = 4_096;

/** The end of its error output, so that long output does not fill the memory. */
async function tail(stream: ReadableStream<Uint8Array>): Promise<string> {
  let kept = "";
  try {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      kept = (kept + text).slice(-KEEP_CHARS);
    }
  } catch {
    // The received part is enough.
  }
  return kept;
}
