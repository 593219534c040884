/**
 * A command that another part of this program runs, in this process: it takes the path of a command line, and its one JSON document
 * comes back.
 *
 * @module
 */
import type { Io } from "../shell/io.ts";

/** What the command gets of the outside. */
export interface InnerOptions {
  readonly env: Io["env"];
  readonly signal?: AbortSignal;
  /** What it reads on standard input; nothing unless told. */
  readonly stdin?: string;
  /** Lets it ask a person for a secret; without it it asks nobody. */
  readonly askSecret?: Io["askSecret"];
  /** Told each remark that the command has for people while it works. */
  readonly onNote?: Io["onNote"];
  /** The command prints one document a line: they come back as `{"documents":[...]}`. */
  readonly lines?: boolean;
}

/** What came of it. */
export interface InnerResult {
  readonly exitCode: number;
  /** A failure is `{"error":{"code","message","suggestion"}}`. */
  readonly document: Record<string, unknown>;
}

/** Runs it. Rejects where the command printed no document, as those do that print line by line. */
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
