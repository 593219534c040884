/**
 * Combines the links to or from the members of a pool into one stream. The order between members is not kept. For this reason the source's
 * cursor moves only over the settled prefix.
 *
 * @module
 */
import type { Batch } from "../stages/stage.ts";
import type { LinkWritable } from "./link.ts";

/** Writes each batch to the member with the least load. Held: one batch for each member. Errors if any member's link does. */
export function spread(links: readonly LinkWritable[]): WritableStream<Batch> {
  if (links.length === 1) return links[0].stream;
  const writers = links.map((link) => link.stream.getWriter());
  let failure: { error: unknown } | null = null;
  return new WritableStream<Batch>({
    start(controller) {
      for (const writer of writers) {
        writer.closed.catch((error) => {
          failure ??= { error };
          controller.error(error);
        });
      }
    },
    async write(batch) {
      for (;;) {
        if (failure !== null) throw failure.error;
        let best = -1;
        writers.forEach((writer, index) => {
          if ((writer.desiredSize ?? 0) <= 0) return;
          if (best < 0 || links[index].load < links[best].load) best = index;
        });
        if (best >= 0) return void writers[best].write(batch).catch(() => {});
        await Promise.race(writers.map((writer) => writer.ready));
      }
    },
    async close() {
      await Promise.all(writers.map((writer) => writer.close()));
    },
    abort(reason) {
      for (const writer of writers) writer.abort(reason).catch(() => {});
    },
  });
}

/** Reads from every member that has a batch, and ends when all have ended. Held: one batch for each member. */
export function gather(links: readonly ReadableStream<Batch>[]): ReadableStream<Batch> {
  if (links.length === 1) return links[0];
  type Turn = { readonly index: number; readonly result: ReadableStreamReadResult<Batch> };
  const readers = links.map((link) => link.getReader());
  const reads = new Map<number, Promise<Turn>>();
  const read = (index: number) =>
    reads.set(index, readers[index].read().then((result) => ({ index, result })));
  return new ReadableStream<Batch>({
    start() {
      for (const index of readers.keys()) read(index);
    },
    async pull(controller) {
      while (reads.size > 0) {
        const { index, result } = await Promise.race(reads.values());
        if (result.done) reads.delete(index);
        else {
          read(index);
          return controller.enqueue(result.value);
        }
      }
      controller.close();
    },
    cancel(reason) {
      for (const reader of readers) reader.cancel(reason).catch(() => {});
    },
  }, { highWaterMark: 0 });
}
