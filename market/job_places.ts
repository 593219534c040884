/**
 * A provider's places for jobs. Packets arrive concurrently, so a place is given before its job is in the store.
 *
 * One buyer may have at most three quarters of the places, so some always remain for other buyers.
 *
 * Held: the ids of the requests that are being accepted, at most 1,024. Beyond that there is no place.
 *
 * @module
 */
import type { Store } from "../store/store.ts";

/** What the count of places needs. */
interface JobPlacesOptions {
  readonly store: Pick<Store, "placesTaken">;
  /** The number of places. */
  readonly capacity: number;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/** The answer to a request for a place. `known`: the job already has one. `full`: all are in use. `share`: this buyer has its share. */
type Came = "taken" | "known" | "full" | "share";

/** A provider's places. See the module. */
interface JobPlaces {
  /**
   * Asks for a place. A `known` request needs none, because its job is in the store. `most` returns how many places this buyer may have for
   * such a job, and is called after the places were counted. Default: the buyer's share.
   */
  take(eventId: string, buyer: string, most?: () => Promise<number>): Promise<Came>;
  /** Gives the place back, because its packet was refused. */
  release(eventId: string): void;
}

const MAX_TAKING = 1_024;
/** A place expires after this many milliseconds without a job in the store: its packet was then refused for another reason. */
const TAKING_MS = 10_000;

/** Makes the places of one provider. At first only the jobs in the store have places. */
export function jobPlaces({ store, capacity, clock }: JobPlacesOptions): JobPlaces {
  /** By request id: until when the place counts, and how many packets want it. Only one of these packets will be accepted. */
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
    // These jobs are in the store, which counts them.
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
    // Requests for places run one after the other, so that no place is given twice.
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
