/**
 * The lines of a daemon on its standard output: one JSON line when it is ready or could not start, and one if it ends with an error.
 *
 * @module
 */
import { CommandError, describeFailure, printFailure } from "../../shell/errors.ts";
import type { Output } from "../../shell/output.ts";

const MAX_READY_BYTES = 64 * 1024;

/** The first line of a daemon, parsed. */
export type Ready = Readonly<Record<string, unknown>>;

/** The error in a daemon's first line; null if the daemon is ready. */
export function failureOf(ready: Ready): CommandError | null {
  if (!ready.error) return null;
  const { code, message, suggestion } = ready.error as Record<string, unknown>;
  return new CommandError(
    String(code ?? "not_ready"),
    String(message ?? "the daemon could not start"),
    String(suggestion ?? "run it without --detach to see why"),
  );
}

/** Prints the failure as other commands print theirs. The daemon's exit code is kept. */
export async function printNotReady(output: Output, ready: Ready): Promise<void> {
  const failure = failureOf(ready);
  if (failure !== null) await printFailure(output, describeFailure(failure));
}

/**
 * Reads the first line as JSON; null if the stream ends before it. The rest is read and dropped, except for a final error line, so that the
 * writer never blocks.
 */
export async function firstLine(
  stdout: ReadableStream<Uint8Array>,
  timeoutMs: number,
  onFailure?: (failure: Ready) => void,
): Promise<Ready | null> {
  const reader = stdout.getReader();
  let text = "";
  const decoder = new TextDecoder();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new CommandError(
            "not_ready",
            `the daemon was not ready after ${timeoutMs / 1000} s`,
            "see 'crosstown logs'",
          ),
        ),
      timeoutMs,
    );
  });
  try {
    while (!text.includes("\n")) {
      const { value, done } = await Promise.race([reader.read(), late]);
      if (done) return null;
      text += decoder.decode(value, { stream: true });
      if (text.length > MAX_READY_BYTES) {
        throw new CommandError(
          "not_ready",
          "the daemon's first line is too long",
          "see 'crosstown logs'",
        );
      }
    }
  } finally {
    clearTimeout(timer);
  }
  const end = text.indexOf("\n");
  void (onFailure === undefined
    ? drop(reader)
    : tellFailure(reader, text.slice(end + 1), onFailure));
  try {
    return JSON.parse(text.slice(0, end)) as Ready;
  } catch (cause) {
    throw new CommandError(
      "not_ready",
      "the daemon's first line is not JSON",
      "see 'crosstown logs'",
      { cause },
    );
  }
}

/** Reads to the end and reports a last line `{"error":...}`. */
async function tellFailure(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  rest: string,
  tell: (failure: Ready) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  let text = rest;
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      text = (text + decoder.decode(next.value, { stream: true })).slice(-MAX_READY_BYTES);
    }
    const last = JSON.parse(text.trim().split("\n").at(-1) ?? "") as Ready;
    if (last.error) tell(last);
  } catch {
    // The daemon wrote no last line, or one that is no error.
  }
}

export async function drop(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  try {
    while (!(await reader.read()).done);
  } catch {
    // The process has ended, so nothing is left to read.
  }
}
