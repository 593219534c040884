/**
 * The links between the stages in one generation: a port from each producer to each consumer of the next stage, a pipe if both are in one
 * worker, and a port directly from the sink to the source.
 *
 * @module
 */
import type { Member, Slot } from "./members.ts";

/** The ends that a unit is attached to. */
interface LinkEnds {
  readonly in: MessagePort[];
  readonly out: MessagePort[];
  joinedIn: string | null;
  joinedOut: string | null;
  ack: MessagePort | null;
}

/** Makes the links of a generation and sends each worker its ends. A sink that rests has no worker. */
export function sendLinks(
  stages: readonly (readonly Member[])[],
  slots: readonly Slot[],
  told: { readonly generation: number; readonly calm: boolean },
): void {
  const sinkRests = slots.some(({ resting }) => resting);
  const ends = linkEnds(stages, slots);
  for (const { members, worker } of slots) {
    for (const { unit } of members) {
      const end = ends.get(unit)!;
      const ports = [...end.in, ...end.out, ...(end.ack === null ? [] : [end.ack])];
      if (worker !== null) worker.post({ type: "attach", unit, ...told, ...end, sinkRests }, ports);
      else for (const port of ports) port.close();
    }
  }
}

/** The ends of each unit, by the unit's name. */
function linkEnds(
  stages: readonly (readonly Member[])[],
  slots: readonly Slot[],
): ReadonlyMap<string, LinkEnds> {
  const ends = new Map<string, LinkEnds>(
    stages.flat().map(({ unit }) => [
      unit,
      { in: [], out: [], joinedIn: null, joinedOut: null, ack: null },
    ]),
  );
  const slotOf = new Map(slots.flatMap((slot) => slot.members.map(({ unit }) => [unit, slot])));
  for (let index = 0; index + 1 < stages.length; index++) {
    for (const producer of stages[index]) {
      for (const consumer of stages[index + 1]) {
        const [from, to] = [ends.get(producer.unit)!, ends.get(consumer.unit)!];
        // The members of a pool have their own slots. So two stages that share a slot have no other neighbour on that side.
        if (slotOf.get(producer.unit) === slotOf.get(consumer.unit)) {
          from.joinedOut = to.joinedIn = producer.unit;
          continue;
        }
        const { port1, port2 } = new MessageChannel();
        from.out.push(port1);
        to.in.push(port2);
      }
    }
  }
  const { port1, port2 } = new MessageChannel();
  ends.get(stages[0][0].unit)!.ack = port1;
  ends.get(stages.at(-1)![0].unit)!.ack = port2;
  return ends;
}
