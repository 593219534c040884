/** A test source that gives the documents of its options. */
import { type Batch, defineStage } from "../../../stages/stage.ts";

export interface BytesOptions {
  readonly items: Batch;
  readonly batch?: number;
}

export const definition = defineStage<BytesOptions, Record<string, never>>({
  name: "bytes",
  role: "source",
  services: [],
  permissions: () => ({}),
  create({ items, batch = 4 }) {
    let next = 0;
    return new ReadableStream<Batch>({
      pull(controller) {
        if (next >= items.length) return controller.close();
        controller.enqueue(items.slice(next, next += batch));
      },
    }, { highWaterMark: 0 });
  },
});
