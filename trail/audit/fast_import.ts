/**
 * One long-lived `git fast-import`. What was written counts once `checkpoint` has given the hash and the branch's file holds it: an
 * answer alone proves nothing, since git answers also where it did not move the branch.
 *
 * Held: one checkpoint under way; what git does not read yet waits in the pipe.
 *
 * @module
 */
import { reached } from "../../base/crash_point.ts";
import { AuditError } from "./audit_error.ts";
import { gitFailure, type GitPlace, spawnGit } from "./git_command.ts";

/** A running import. */
export interface FastImport {
  /** Whether it takes more. */
  readonly alive: boolean;
  /**
   * Writes these pieces of a stream and has everything so far made durable; gives the hash under `mark`. A piece is asked for when git
   * has taken the one before. Throws AuditError, after which it is dead.
   */
  checkpoint(pieces: Iterable<Uint8Array<ArrayBuffer>>, mark: number): Promise<string>;
  /** Ends it in order; what was written is kept. */
  end(): Promise<void>;
  /** Ends it at once. */
  kill(): Promise<void>;
}

/** `--done`: a pipe that ends because we died must not finish what was not asked to be durable. */
const ARGS = ["fast-import", "--quiet", "--done", "--date-format=raw"];

/** Longer than any sync of a busy disk: then git hangs. */
const ANSWER_MS = 60_000;

/** Starts it. Throws AuditError `git_missing`, `unreachable`. */
export function startFastImport(place: GitPlace): FastImport {
  const child = spawnGit(place, ARGS);
  const writer = child.stdin.getWriter();
  // A write that fails is told by the exit.
  writer.closed.catch(() => undefined);
  const answers = lines(child.stdout);
  const stderr = tail(child.stderr);
  let alive = true;
  const kill = async () => {
    alive = false;
    try {
      child.kill("SIGKILL");
    } catch {
      // It ended by itself.
    }
    await Promise.allSettled([child.status, writer.abort(), answers.return(undefined), stderr]);
  };
  /** Why it ended; it is dead then. */
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

/** The end of what it says, so that a talkative one fills no memory. */
async function tail(stream: ReadableStream<Uint8Array>): Promise<string> {
  let kept = "";
  try {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      kept = (kept + text).slice(-KEEP_CHARS);
    }
  } catch {
    // What came is enough.
  }
  return kept;
}
