/**
 * A provider's places for jobs. Packets arrive concurrently, so a place is given before its job is in the store.
 *
 * One buyer may have at most three quarters of the places, so some always remain for other buyers.
 *
 * Held: the ids of the requests that are being accepted, at most 1,024. Beyond that there is no place. The requests that wait for the
 * next count: one for each packet that is being inspected.
 *
 * @module
 */
import type { KindsCounted } from "../store/job_row.ts";
import type { Store } from "../store/store.ts";

/** What the count of places needs. */
interface JobPlacesOptions {
  readonly store: Pick<Store, "placesTaken">;
  /** The number of places. */
  readonly capacity: number;
  /** The kinds of the jobs that need one of these places. Default: all kinds. */
  readonly of?: KindsCounted;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/** The answer to a request for a place. `known`: the job already has one. `full`: all are in use. `share`: this buyer has its share. `paused`: the owner accepts none. */
type Came = "taken" | "known" | "full" | "share" | "paused";

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
export function jobPlaces({ store, capacity, of, clock }: JobPlacesOptions): JobPlaces {
  /** By request id: until when the place counts, and how many packets want it. Only one of these packets will be accepted. */
  const taking = new Map<
    string,
    { readonly untilMs: number; readonly buyer: string; packets: number }
  >();
  let waiting: Ask[] = [];
  let asking = false;

  const share = Math.ceil(capacity * 3 / 4);

  /** Answers the requests of one buyer, in order, with one count of the store. */
  const answer = async (buyer: string, asks: readonly Ask[]): Promise<void> => {
    const asked = [...new Set([...asks.map(({ eventId }) => eventId), ...taking.keys()])];
    const { paused, runnable, known, ofBuyer } = await store.placesTaken(
      asked,
      capacity,
      buyer,
      of,
    );
    const mosts = await Promise.all(asks.map(({ most }) => most?.()));
    // These jobs are in the store, which counts them.
    for (const id of known) taking.delete(id);
    const nowMs = clock();
    for (const [id, { untilMs }] of taking) if (nowMs >= untilMs) taking.delete(id);
    const place = ({ eventId }: Ask, most: number | undefined): Came => {
      if (known.includes(eventId)) return "known";
      if (paused) return "paused";
      const before = taking.get(eventId);
      if (before !== undefined) {
        before.packets += 1;
        return "taken";
      }
      if (taking.size >= MAX_TAKING || runnable + taking.size >= capacity) return "full";
      const own = [...taking.values()].filter((each) => each.buyer === buyer).length;
      if (ofBuyer + own >= Math.min(share, most ?? share)) return "share";
      taking.set(eventId, { untilMs: nowMs + TAKING_MS, buyer, packets: 1 });
      return "taken";
    };
    for (const [at, ask] of asks.entries()) ask.resolve(place(ask, mosts[at]));
  };

  const answerAll = async () => {
    asking = true;
    while (waiting.length > 0) {
      const asks = waiting;
      waiting = [];
      for (const [buyer, own] of Map.groupBy(asks, (ask) => ask.buyer)) {
        await answer(buyer, own).catch((error) => own.forEach(({ reject }) => reject(error)));
      }
    }
    asking = false;
  };

  return {
    // One count runs at a time, so that no place is given twice. Requests that come meanwhile share the next one.
    take(eventId, buyer, most) {
      const place = taking.get(eventId);
      if (place !== undefined) {
        place.packets += 1;
        return Promise.resolve("taken");
      }
      return new Promise((resolve, reject) => {
        waiting.push({ eventId, buyer, most, resolve, reject });
        if (!asking) void answerAll();
      });
    },
    release(eventId) {
      const place = taking.get(eventId);
      if (place !== undefined && --place.packets <= 0) taking.delete(eventId);
    },
  };
}

/** A request for a place. */
interface Ask {
  readonly eventId: string;
  readonly buyer: string;
  readonly most?: () => Promise<number>;
  readonly resolve: (came: Came) => void;
  readonly reject: (error: unknown) => void;
}
