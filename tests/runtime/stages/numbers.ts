/** Test source: documents 0 to `count`-1 as decimal text, in batches; it reports settlements to the journal service. */
import { type Batch, defineStage, type StageContext } from "../../../stages/stage.ts";
import type { Journal } from "./journal.ts";

export interface NumbersOptions {
  readonly count: number;
  readonly batch?: number;
  /** Never ends by itself. */
  readonly endless?: boolean;
  /** Bytes that each document is padded to. */
  readonly pad?: number;
  readonly permissions?: Record<string, string[]>;
}

export const definition = defineStage<NumbersOptions, { journal: Journal }>({
  name: "numbers",
  role: "source",
  services: ["journal"],
  permissions: () => ({}),
  async create(options, { journal }, context: StageContext) {
    // A source that starts again continues from its cursor, as a real one does.
    let next = await journal.cursor();
    const first = next;
    context.settlements.onSettled((settled, settledBefore) => {
      // In one message, because a source could die between two.
      journal.settled(
        settled.map(({ seq, outcome }) => [seq + first, outcome]),
        settledBefore! + first,
      );
    });
    return new ReadableStream<Batch>({
      pull(controller) {
        const batch = [];
        while (next < options.count && batch.length < (options.batch ?? 64)) {
          const bytes = new TextEncoder().encode(String(next).padEnd(options.pad ?? 0));
          batch.push({ seq: next - first, bytes, known: { number: next } });
          next++;
        }
        if (batch.length > 0) controller.enqueue(batch);
        else if (!options.endless) controller.close();
        else return new Promise(() => {});
      },
    }, { highWaterMark: 0 });
  },
});
