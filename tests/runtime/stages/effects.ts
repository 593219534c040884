/** Test sink: one effect per document in the journal, then its settlement. */
import { type Batch, defineStage, type StageContext } from "../../../stages/stage.ts";
import type { Journal } from "./journal.ts";

export interface EffectsOptions {
  /** Throws once between effect and settlement of this document, each time up to `times`. */
  readonly dieAfterEffectOf?: readonly number[];
  readonly times?: number;
  /** Settles each document twice. */
  readonly twice?: boolean;
  /** Settles each document of a batch by itself while the journal is busy for so many milliseconds. */
  readonly busyMs?: number;
  /** Settles nothing. */
  readonly silent?: boolean;
}

export const definition = defineStage<EffectsOptions, { journal: Journal }>({
  name: "effects",
  role: "sink",
  services: ["journal"],
  permissions: () => ({}),
  create(options = {}, { journal }, context: StageContext) {
    const { dieAfterEffectOf = [], times = 1, twice, busyMs, silent } = options;
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
          if (busyMs !== undefined) continue;
          context.settlements.settle([{ seq: item.seq, outcome: "done" }]);
          if (twice) context.settlements.settle([{ seq: item.seq, outcome: "failed" }]);
        }
        if (busyMs === undefined) return;
        void journal.block(busyMs);
        for (const { seq } of batch) {
          context.settlements.settle([{ seq, outcome: "done" }]);
          await new Promise((resolve) => setTimeout(resolve));
        }
      },
    });
  },
});
