/**
 * One stage alone, between standard input and standard output: `crosstown stage NAME [FILE...]`.
 *
 * A source prints its items, a transform prints its output for each document, a sink prints the outcome of each document. Held: one batch,
 * and at a sink at most 256 unsettled documents.
 *
 * @module
 */
import type {
  Batch,
  Item,
  Settlement,
  Settlements,
  StageContext,
  StageDefinition,
} from "../stages/stage.ts";
import type { Log } from "../base/log/log.ts";
import { Signal } from "../base/signal.ts";
import type { Document } from "./stdio_frames.ts";
import { type InputLimits, readDocuments, readFiles } from "./stdio_input.ts";
import { printed, type StageOutput } from "./stdio_output.ts";

const MAX_UNSETTLED = 256;

/** Options for running a stage alone. */
export interface StdioRun {
  /** The stage. */
  readonly stage: StageDefinition;
  /** Options of the stage. */
  readonly options?: unknown;
  /** Each file is one document. Without files, standard input is read. */
  readonly files?: readonly string[];
  /** Read if there are no files and the stage is not a source. */
  readonly stdin: ReadableStream<Uint8Array>;
  /** Written to, and not closed. */
  readonly stdout: WritableStream<Uint8Array>;
  /** The form of the output. */
  readonly output: StageOutput;
  /** Services by the names that the stage uses. */
  readonly services?: Readonly<Record<string, unknown>>;
  /** Limits of the input. */
  readonly limits?: InputLimits;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
  /** Writes to the program log; default none. */
  readonly log?: Log;
  /** Ends the run: a source is closed and nothing more is read, but items that were read are still processed. */
  readonly signal?: AbortSignal;
  /** Reads a file; null if it is over the limit. */
  readonly readFile?: (path: string, maxBytes: number) => Promise<Uint8Array | null>;
}

/** Runs the stage. Returns 0 if all documents passed, 1 if one was refused or failed. Throws what the stage throws. */
export async function runStage(run: StdioRun): Promise<0 | 1> {
  const definition = run.stage;
  const { files = [], services = {} } = run;
  if (definition.role === "source" && files.length > 0) {
    throw new StdioError(`Cannot run ${definition.name}: a source reads no documents`);
  }
  const abort = new AbortController();
  const settlements = new Outcomes();
  const context: StageContext = {
    clock: run.clock ?? (() => Date.now()),
    log: run.log ?? (() => {}),
    settlements,
    signal: abort.signal,
    count: () => {},
  };
  const stream = await definition.create(run.options, services, context);
  const output = new Printer(run.stdout, run.output);
  try {
    if ("readable" in stream) {
      const fed = feed(run, files, stream.writable.getWriter());
      await Promise.all([fed, print(stream.readable, output)]);
    } else if ("getReader" in stream) {
      await print(untilAborted(stream, run.signal), output, settlements);
    } else {
      await sink(run, files, stream.getWriter(), settlements, output);
    }
    await output.close();
  } finally {
    abort.abort();
  }
  return output.refused ? 1 : 0;
}

/** Writes each document as a batch of one. If the stage breaks, its readable end reports the error. */
async function feed(
  run: StdioRun,
  files: readonly string[],
  writer: WritableStreamDefaultWriter<Batch>,
  room: () => Promise<void> = () => Promise.resolve(),
  taken: (item: Item) => void = () => {},
): Promise<void> {
  const { stdin, limits, signal, readFile = readFileWithin } = run;
  const documents = files.length > 0
    ? readFiles(files, readFile, limits)
    : readDocuments(stdin, signal === undefined ? limits : { ...limits, signal });
  let seq = 0;
  for await (const document of documents) {
    const item = { seq: seq++, ...document };
    taken(item);
    await writer.write([item]);
    await room();
    if (signal?.aborted) break;
  }
  await writer.close();
}

/** Prints batches; a source's items are settled after they are printed. */
async function print(
  readable: ReadableStream<Batch>,
  output: Printer,
  settlements?: Outcomes,
): Promise<void> {
  for await (const batch of readable) {
    for (const item of batch) await output.print(item);
    settlements?.tell(batch.map(({ seq, refusal }) => ({
      seq,
      outcome: refusal === undefined ? "done" : "refused",
    })));
  }
}

async function sink(
  run: StdioRun,
  files: readonly string[],
  writer: WritableStreamDefaultWriter<Batch>,
  settlements: Outcomes,
  output: Printer,
): Promise<void> {
  const inHand = new Map<number, Item>();
  const changed = new Signal();
  let printing: Promise<void> = Promise.resolve();
  settlements.settled = (settled) => {
    for (const { seq, outcome, detail } of settled) {
      const item = inHand.get(seq);
      if (!inHand.delete(seq)) continue;
      printing = printing.then(() => output.print(item!, { outcome, detail }));
    }
    printing.catch(() => {});
    changed.wake();
  };
  const room = () => changed.until(() => inHand.size < MAX_UNSETTLED);
  await feed(run, files, writer, room, (item) => inHand.set(item.seq, item));
  const left = [...inHand.keys()];
  settlements.settle(left.map((seq) => ({ seq, outcome: "dropped", detail: "sink_closed" })));
  await printing;
}

/** Closing a source drains it: items that it has already returned still come. */
function untilAborted(stream: ReadableStream<Batch>, signal?: AbortSignal): ReadableStream<Batch> {
  if (signal === undefined) return stream;
  const reader = stream.getReader();
  const close = () => void reader.cancel("aborted").catch(() => {});
  if (signal.aborted) close();
  signal.addEventListener("abort", close, { once: true });
  return new ReadableStream<Batch>({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  }, { highWaterMark: 0 });
}

/** Prints documents in order, and remembers whether one did not pass. */
class Printer {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: StageOutput;
  refused = false;

  constructor(stdout: WritableStream<Uint8Array>, output: StageOutput) {
    this.#writer = stdout.getWriter();
    this.#output = output;
  }

  async print(document: Document, outcome?: Pick<Settlement, "outcome" | "detail">): Promise<void> {
    const failed = outcome !== undefined && outcome.outcome !== "done";
    if (document.refusal !== undefined || failed) this.refused = true;
    const { bytes, known, refusal } = document;
    const plain = refusal === undefined ? { bytes, known } : { bytes, known, refusal };
    await this.#writer.write(printed(plain, this.#output, outcome));
  }

  async close(): Promise<void> {
    await this.#writer.ready;
    this.#writer.releaseLock();
  }
}

/** Both sides of settlements. A sink settles and a source listens; a stage that runs alone is only one of them. */
class Outcomes implements Settlements {
  readonly #listeners: Parameters<Settlements["onSettled"]>[0][] = [];
  settled: (settled: readonly Settlement[]) => void = () => {};

  settle(settled: readonly Settlement[]): void {
    this.settled(settled);
  }

  onSettled(listener: Parameters<Settlements["onSettled"]>[0]): void {
    this.#listeners.push(listener);
  }

  /** Items are settled in order, so everything up to the last one is settled. */
  tell(settled: readonly Settlement[]): void {
    const before = settled[settled.length - 1].seq + 1;
    for (const listener of this.#listeners) listener(settled, before);
  }
}

async function readFileWithin(path: string, maxBytes: number): Promise<Uint8Array | null> {
  const { size } = await Deno.stat(path);
  if (size > maxBytes) return null;
  const bytes = await Deno.readFile(path);
  return bytes.length > maxBytes ? null : bytes;
}

/** A stage that cannot be run in this way. */
class StdioError extends Error {
  /** Always `StdioError`. */
  override readonly name = "StdioError";
  /** Wrong use: exit 2. */
  readonly code = "usage";
}
