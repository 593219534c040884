/**
 * Reads a paid write back from the relay, which proves that it was stored (docs/money.md#conditions).
 *
 * @module
 */
import { ANNOUNCEMENT_KIND, GIFT_WRAP_KIND } from "../protocols/nostr/kinds.ts";
import { wireOf } from "../protocols/wires/wires.ts";
import type {
  PrepareSinkOptions,
  PrepareSinkServices,
  SinkOutcome,
} from "./prepare_sink_services.ts";
import type { Item, StageContext } from "./stage.ts";

/** Of so many announcements, one is read back: with the usual heartbeat, one in half an hour. */
const ANNOUNCEMENTS_A_LOOK = 15;

/** Asks the relay for the events of paid writes. */
interface ReadingBack {
  /**
   * Asks for the event of this write now, unless that is decided only when its payment is durable: not every announcement is asked for, and
   * one whose payment failed must not count.
   */
  begin(item: Item, id: string): void;
  /** The outcome of a paid write after the relay was asked for its event. */
  confirmed(item: Item, id: string, paid: SinkOutcome): Promise<SinkOutcome>;
}

type ReadBack = "shown" | "hidden" | "unreadable";

/** Makes it. */
export function readingBack(
  options: Pick<PrepareSinkOptions, "wire">,
  { relayReader }: Pick<PrepareSinkServices, "relayReader">,
  context: Pick<StageContext, "log">,
): ReadingBack {
  const { fulfilledBy } = wireOf(options.wire);
  let announced = 0;
  const asked = new WeakMap<Item, Promise<ReadBack>>();
  const isSeldom = ({ known }: Item) =>
    known.kind === ANNOUNCEMENT_KIND && fulfilledBy === "terminal";

  return {
    begin(item, id) {
      if (isWrap(item) || isSeldom(item) || asked.has(item)) return;
      const read = relayReader.readBack(id);
      // If the packet's outcome does not become durable, nobody waits for this.
      read.catch(() => undefined);
      asked.set(item, read);
    },
    async confirmed(item, id, outcome) {
      // A relay shows a wrap only to its reader.
      if (isWrap(item)) return outcome;
      // Only the relay can have fulfilled. A relay that hides announcements is noticed at the next look.
      if (isSeldom(item) && announced++ % ANNOUNCEMENTS_A_LOOK > 0) return outcome;
      const read = await (asked.get(item) ?? relayReader.readBack(id));
      if (read === "shown") {
        context.log("info", "event read back from the relay", { event_id: id });
        return { ...outcome, detail: "confirmed" };
      }
      context.log("warn", "the relay does not show an event that was paid for", {
        event_id: id,
        read_back: read,
      });
      // While the relay cannot be read, its FULFILL is the proof, provided that only the relay can fulfil. Otherwise every hop can fulfil,
      // and nothing is proven. A relay that can be read and does not show the event hides it, even if it was paid.
      if (fulfilledBy === "terminal" && read === "unreadable") return outcome;
      return {
        state: "unknown",
        code: "not_read_back",
        message: `event ${id} was paid for but the relay does not show it`,
        units: outcome.units,
      };
    },
  };
}

/** Whether this write is wrapped for one reader. */
export function isWrap({ known }: Item): boolean {
  return known.purpose !== "job" && known.kind === GIFT_WRAP_KIND;
}
