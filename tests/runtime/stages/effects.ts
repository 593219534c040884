/** Test sink: one effect per document in the journal, then its settlement. */
import { type Batch, defineStage, type StageContext } from "../../../stages/stage.ts";
import type { Journal } from "./journal.ts";

export interface EffectsOptions {
  /** Throws once between effect and settlement of this document, each time up to `times`. */
  readonly dieAfterEffectOf?: readonly number[];
  readonly times?: number;
  /** Settles each document twice. */
  readonly twice?: boolean;
  /** Settles nothing. */
  readonly silent?: boolean;
}

export const definition = defineStage<EffectsOptions, { journal: Journal }>({
  name: "effects",
  role: "sink",
  services: ["journal"],
  permissions: () => ({}),
  create(options = {}, { journal }, context: StageContext) {
    const { dieAfterEffectOf = [], times = 1, twice, silent } = options;
    return new WritableStream<Batch>({
      async write(batch) {
        if (silent) return;
        for (const item of batch) {
          if (item.refusal !== undefined) {
            context.settlements.settle([{ seq: item.seq, outcome: "refused" }]);
            continue;
          }
          const number = Number(item.known.number);
          await journal.effect(String(number));
          if (dieAfterEffectOf.includes(number) && await journal.visit(`sink-${number}`) < times) {
            throw new Error("killed between effect and acknowledgement");
          }
          context.settlements.settle([{ seq: item.seq, outcome: "done" }]);
          if (twice) context.settlements.settle([{ seq: item.seq, outcome: "failed" }]);
        }
      },
    });
  },
});
