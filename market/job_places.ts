/**
 * A provider's places for jobs. Packets come at the same time, so a place is given before its job is in the store.
 *
 * Held: the ids of the requests that are being taken in, at most 1,024; beyond that there is no place.
 *
 * @module
 */
import type { Store } from "../store/store.ts";

/** What places are counted by. */
interface JobPlacesOptions {
  readonly store: Pick<Store, "placesTaken">;
  /** How many there are. */
  readonly capacity: number;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

type Came = "taken" | "known" | "full";

/** See the module. */
interface JobPlaces {
  /** Asks for a place: `known` needs none, because the request is a job already. */
  take(eventId: string): Promise<Came>;
  /** A packet that wanted the place was refused. */
  release(eventId: string): void;
}

const MAX_TAKING = 1_024;
/** After so long without a job its packet was refused for another reason. */
const TAKING_MS = 10_000;

/** Makes the places of one provider, none of them taken but by jobs in the store. */
export function jobPlaces({ store, capacity, clock }: JobPlacesOptions): JobPlaces {
  /** By request: until when it counts, and how many packets want it; all but one of them are refused. */
  const taking = new Map<string, { readonly untilMs: number; packets: number }>();
  let last: Promise<unknown> = Promise.resolve();

  const take = async (eventId: string): Promise<Came> => {
    const place = taking.get(eventId);
    if (place !== undefined) {
      place.packets += 1;
      return "taken";
    }
    const asked = [eventId, ...taking.keys()];
    const { runnable, known } = await store.placesTaken(asked, capacity);
    // Those whose job is in the store are counted there.
    for (const id of known) taking.delete(id);
    if (known.includes(eventId)) return "known";
    const nowMs = clock();
    for (const [id, { untilMs }] of taking) if (nowMs >= untilMs) taking.delete(id);
    if (taking.size >= MAX_TAKING || runnable + taking.size >= capacity) return "full";
    taking.set(eventId, { untilMs: nowMs + TAKING_MS, packets: 1 });
    return "taken";
  };

  return {
    // One asks after the other, so that none is given the place of another.
    take(eventId) {
      const mine = last.then(() => take(eventId));
      last = mine.catch(() => undefined);
      return mine;
    },
    release(eventId) {
      const place = taking.get(eventId);
      if (place !== undefined && --place.packets <= 0) taking.delete(eventId);
    },
  };
}
