/** Test source: the documents that a service gives it, until the service gives none. */
import { type Batch, defineStage } from "../../../stages/stage.ts";

export interface Feed {
  /** The next number; null at the end. */
  next(): Promise<number | null>;
}

export const definition = defineStage<void, { feed: Feed }>({
  name: "told",
  role: "source",
  services: ["feed"],
  permissions: () => ({}),
  create(_options, { feed }) {
    let seq = 0;
    return new ReadableStream<Batch>({
      async pull(controller) {
        const number = await feed.next();
        if (number === null) return controller.close();
        const bytes = new TextEncoder().encode(String(number));
        controller.enqueue([{ seq: seq++, bytes, known: { number } }]);
      },
    }, { highWaterMark: 0 });
  },
});
