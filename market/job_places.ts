/**
 * A provider's places for jobs. Packets come at the same time, so a place is given before its job is in the store.
 *
 * One buyer may have three quarters of the places: some are left for others, however many jobs it sends.
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

/** `share`: there are places, but none for this buyer. */
type Came = "taken" | "known" | "full" | "share";

/** See the module. */
interface JobPlaces {
  /**
   * Asks for a place: `known` needs none, because the request is a job already. `most`, asked after the places, is how many this buyer
   * may have for a job of this kind; its share unless told.
   */
  take(eventId: string, buyer: string, most?: () => Promise<number>): Promise<Came>;
  /** A packet that wanted the place was refused. */
  release(eventId: string): void;
}

const MAX_TAKING = 1_024;
/** After so long without a job its packet was refused for another reason. */
const TAKING_MS = 10_000;

/** Makes the places of one provider, none of them taken but by jobs in the store. */
export function jobPlaces({ store, capacity, clock }: JobPlacesOptions): JobPlaces {
  /** By request: until when it counts, and how many packets want it; all but one of them are refused. */
  const taking = new Map<
    string,
    { readonly untilMs: number; readonly buyer: string; packets: number }
  >();
  let last: Promise<unknown> = Promise.resolve();

  const share = Math.ceil(capacity * 3 / 4);

  const take = async (
    eventId: string,
    buyer: string,
    most?: () => Promise<number>,
  ): Promise<Came> => {
    const place = taking.get(eventId);
    if (place !== undefined) {
      place.packets += 1;
      return "taken";
    }
    const asked = [eventId, ...taking.keys()];
    const { runnable, known, ofBuyer } = await store.placesTaken(asked, capacity, buyer);
    // Those whose job is in the store are counted there.
    for (const id of known) taking.delete(id);
    const limit = most === undefined ? share : Math.min(share, await most());
    if (known.includes(eventId)) return "known";
    const nowMs = clock();
    for (const [id, { untilMs }] of taking) if (nowMs >= untilMs) taking.delete(id);
    if (taking.size >= MAX_TAKING || runnable + taking.size >= capacity) return "full";
    const own = [...taking.values()].filter((each) => each.buyer === buyer).length;
    if (ofBuyer + own >= limit) return "share";
    taking.set(eventId, { untilMs: nowMs + TAKING_MS, buyer, packets: 1 });
    return "taken";
  };

  return {
    // One asks after the other, so that none is given the place of another.
    take(eventId, buyer, most) {
      const mine = last.then(() => take(eventId, buyer, most));
      last = mine.catch(() => undefined);
      return mine;
    },
    release(eventId) {
      const place = taking.get(eventId);
      if (place !== undefined && --place.packets <= 0) taking.delete(eventId);
    },
  };
}
