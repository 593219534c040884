/**
 * Runs a command of this program inside this process: takes the arguments of a command line and returns the JSON document that the command
 * prints.
 *
 * @module
 */
import type { InnerOptions, InnerResult } from "../shell/inner_run.ts";
import type { Io } from "../shell/io.ts";

/** Runs the command. Rejects if it printed no single document, as commands do that print line by line. */
export async function runInner(
  args: readonly string[],
  { env, signal, stdin = "", askSecret, onNote, lines = false }: InnerOptions,
): Promise<InnerResult> {
  const [{ main }, { processIo }, { Interrupted }] = await Promise.all([
    import("./main.ts"),
    import("../shell/io.ts"),
    import("../shell/errors.ts"),
  ]);
  const written: Uint8Array<ArrayBuffer>[] = [];
  const sink = (keep: boolean) => ({
    isTerminal: false,
    write: (bytes: Uint8Array) => {
      if (keep) written.push(new Uint8Array(bytes));
      return Promise.resolve();
    },
  });
  const { clock, cwd, uid } = processIo(() => {});
  const io: Io = {
    stdin: new Blob([stdin]).stream(),
    stdinIsTerminal: false,
    ...(askSecret === undefined ? {} : { askSecret }),
    stdout: sink(true),
    stderr: sink(false),
    ...(onNote === undefined ? {} : { onNote }),
    columns: 80,
    env,
    cwd,
    uid,
    clock,
  };
  const stop = new AbortController();
  const abort = () => {
    const { reason } = signal ?? {};
    stop.abort(reason instanceof Interrupted ? reason : new Interrupted("SIGTERM"));
  };
  signal?.addEventListener("abort", abort, { once: true });
  if (signal?.aborted) abort();
  try {
    const exitCode = await main(["--output", "json", ...args], io, stop.signal);
    const text = await new Blob(written).text();
    if (!lines) return { exitCode, document: JSON.parse(text) };
    const documents = text.split("\n").filter((line) => line !== "").map((line) =>
      JSON.parse(line)
    );
    return { exitCode, document: { documents } };
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}
