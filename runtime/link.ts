/**
 * The link between two workers: a `MessagePort` with credits, wrapped as a `WritableStream` and a `ReadableStream`.
 *
 * There are no other messages than these: the producer sends `items`, `end`, `error`; the consumer sends `credit`, `cancel`. The consumer's
 * first credit is its window; it returns one credit for each batch that it takes. Held: at most `window` batches at the consumer; at the
 * producer, one growing batch of at most 256 items or 256 KiB, after which `write` waits. While there is credit, a batch leaves at once. A
 * port never reports that its other end is dead: then both sides wait until the supervisor attaches new ports.
 *
 * @module
 */
import type { Batch, Item } from "../stages/stage.ts";
import { flattenError } from "../base/ports/wire_error.ts";
import { MAX_BATCH_BYTES, MAX_BATCH_ITEMS, packBatch, splitBatch, unpackBatch } from "./pack.ts";

const DEFAULT_WINDOW = 2;
const MAX_WINDOW = 64;

/** The producer's end. */
export interface LinkWritable {
  /** Errors with {@link LinkError} if the consumer cancels or breaks the protocol, or if an item is malformed (its cause is the PackError). */
  readonly stream: WritableStream<Batch>;
  /** Batches in flight and items that wait for credit. A pool uses it to balance its members. */
  readonly load: number;
}

/** Wraps the producer's end of a port. `close` resolves when every credit is back and `end` was sent. */
export function linkWritable(port: MessagePort): LinkWritable {
  let window = 0;
  let underway = 0;
  let waiting: Item[] = [];
  let waitingBytes = 0;
  let wake = Promise.withResolvers<void>();
  let broken: LinkError | null = null;

  const flush = () => {
    if (underway >= window || waiting.length === 0) return;
    const parts = [...splitBatch(waiting)];
    while (underway < window && parts.length > 0) {
      const packed = packBatch(parts.shift()!);
      underway++;
      port.postMessage({ type: "items", ...packed }, [packed.bytes]);
    }
    waiting = parts.flat();
    waitingBytes = waiting.reduce((sum, item) => sum + item.bytes.length, 0);
  };
  const changed = () => {
    wake.resolve();
    wake = Promise.withResolvers<void>();
  };
  const until = async (condition: () => boolean) => {
    while (broken === null && !condition()) await wake.promise;
    if (broken !== null) throw broken;
  };

  const stream = new WritableStream<Batch>({
    start(controller) {
      // A write that waits for credit would delay abort() without limit, but the signal fires at once.
      controller.signal.addEventListener("abort", () => {
        broken ??= new LinkError("aborted", "Cannot go on: this side of the link was aborted");
        changed();
      });
      const fail = (error: LinkError) => {
        broken = error;
        controller.error(error);
        changed();
      };
      port.onmessage = ({ data }) => {
        if (broken !== null) return;
        if (data?.type === "cancel") return fail(linkErrorOf("cancelled", data.error));
        const { type, credits } = data ?? {};
        if (type !== "credit" || !Number.isSafeInteger(credits) || credits < 1) {
          return fail(new LinkError("protocol", "Cannot use a link: not a consumer's message"));
        }
        if (window === 0) window = Math.min(credits, MAX_WINDOW);
        else if (credits > underway) {
          return fail(new LinkError("protocol", "Cannot use a link: more credit than was taken"));
        } else underway -= credits;
        try {
          flush();
        } catch (error) {
          broken = new LinkError("protocol", "Cannot pack what the stage made", { cause: error });
          controller.error(error);
        }
        changed();
      };
    },
    async write(batch) {
      for (const item of batch) {
        waiting.push(item);
        waitingBytes += item.bytes.length;
      }
      flush();
      await until(() => waiting.length < MAX_BATCH_ITEMS && waitingBytes < MAX_BATCH_BYTES);
    },
    async close() {
      await until(() => window > 0 && waiting.length === 0 && underway === 0);
      port.postMessage({ type: "end" });
    },
    abort(reason) {
      port.postMessage({ type: "error", error: flattenError(reason) });
    },
  });
  return {
    stream,
    get load() {
      return underway + waiting.length / MAX_BATCH_ITEMS;
    },
  };
}

/**
 * Wraps the consumer's end of a port. Every batch is checked before it is passed on. The stream errors with {@link LinkError} `upstream` if
 * the producer failed, or `protocol` if a message is not a producer's.
 */
export function linkReadable(
  port: MessagePort,
  options: { readonly window?: number } = {},
): ReadableStream<Batch> {
  const { window = DEFAULT_WINDOW } = options;
  const taken: { heads?: unknown; bytes?: unknown }[] = [];
  let ended = false;
  let error: LinkError | null = null;
  let wake = Promise.withResolvers<void>();
  const changed = () => {
    wake.resolve();
    wake = Promise.withResolvers<void>();
  };
  const breach = (what: string, cause?: unknown) => {
    error = new LinkError("protocol", `Cannot use a link: ${what}`, { cause });
    port.postMessage({ type: "cancel", error: flattenError(error) });
    return error;
  };

  port.onmessage = ({ data }) => {
    if (ended || error !== null) return;
    if (data?.type === "end") ended = true;
    else if (data?.type === "error") error = linkErrorOf("upstream", data.error);
    else if (data?.type !== "items") breach("not a producer's message");
    else if (taken.length >= window) breach("more batches than credit was given for");
    else taken.push(data);
    changed();
  };
  port.postMessage({ type: "credit", credits: window });

  return new ReadableStream<Batch>({
    async pull(controller) {
      while (taken.length === 0 && !ended && error === null) await wake.promise;
      const next = taken.shift();
      if (next === undefined) return error === null ? controller.close() : controller.error(error);
      try {
        controller.enqueue(unpackBatch(next));
      } catch (cause) {
        return controller.error(breach("malformed batch", cause));
      }
      port.postMessage({ type: "credit", credits: 1 });
    },
    cancel(reason) {
      ended = true;
      taken.length = 0;
      port.postMessage({ type: "cancel", error: flattenError(reason) });
    },
  }, { highWaterMark: 0 });
}

function linkErrorOf(code: LinkError["code"], wire: unknown): LinkError {
  const { name, message } = flattenError(wire);
  return new LinkError(code, `${name}: ${message}`);
}

/** An error of a link. `upstream` and `cancelled` are failures of the neighbour, not of the worker that sees them. */
export class LinkError extends Error {
  /** Always `LinkError`. */
  override readonly name = "LinkError";
  /** `upstream`, `cancelled`, `aborted` (by this side), or `protocol` (the neighbour sent an invalid message). */
  readonly code: "upstream" | "cancelled" | "aborted" | "protocol";
  /** Makes an error with its code. */
  constructor(code: LinkError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
