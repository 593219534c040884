/** Bench sink: settles every item. */
import { type Batch, defineStage, type StageContext } from "../../stages/stage.ts";

/** The stage for its host; it needs no permission. */
export const definition = defineStage<unknown, Record<string, never>>({
  name: "settle-sink",
  role: "sink",
  services: [],
  permissions: () => ({}),
  create(_options, _services, { settlements }: StageContext) {
    return new WritableStream<Batch>({
      write(batch) {
        settlements.settle(
          batch.map(({ seq, refusal }) => ({ seq, outcome: refusal ? "refused" : "done" })),
        );
      },
    });
  },
});
