/**
 * The ports of one generation: each producer to each consumer of the next stage, and the sink straight to the source.
 *
 * @module
 */
import type { Member } from "./members.ts";
import type { Attachment } from "./unit.ts";

/** What each unit is attached to, by its name. */
export function linkEnds(
  stages: readonly (readonly Member[])[],
): ReadonlyMap<string, Omit<Attachment, "generation">> {
  const ends = new Map(
    stages.flat().map(({ unit }) => [unit, {
      in: [] as MessagePort[],
      out: [] as MessagePort[],
      ack: null as MessagePort | null,
    }]),
  );
  for (let index = 0; index + 1 < stages.length; index++) {
    for (const producer of stages[index]) {
      for (const consumer of stages[index + 1]) {
        const { port1, port2 } = new MessageChannel();
        ends.get(producer.unit)!.out.push(port1);
        ends.get(consumer.unit)!.in.push(port2);
      }
    }
  }
  const { port1, port2 } = new MessageChannel();
  ends.get(stages[0][0].unit)!.ack = port1;
  ends.get(stages.at(-1)![0].unit)!.ack = port2;
  return ends;
}
