/** A test sink that reports its documents to the collector service. */
import { type Batch, defineStage, type StageContext } from "../../../stages/stage.ts";

export interface Collector {
  collect(batch: Batch): Promise<void>;
}

export const definition = defineStage<unknown, { collector: Collector }>({
  name: "collect",
  role: "sink",
  services: ["collector"],
  permissions: () => ({}),
  create(_options, { collector }, context: StageContext) {
    return new WritableStream<Batch>({
      async write(batch) {
        await collector.collect(batch);
        context.settlements.settle(
          batch.map(({ seq, refusal }) => ({ seq, outcome: refusal ? "refused" : "done" })),
        );
      },
    });
  },
});
