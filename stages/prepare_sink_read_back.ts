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

/** Returns a function that gives the outcome of a paid write after the relay was asked for its event. */
export function readingBack(
  options: Pick<PrepareSinkOptions, "wire">,
  { relayReader }: Pick<PrepareSinkServices, "relayReader">,
  context: Pick<StageContext, "log">,
): (item: Item, id: string, paid: SinkOutcome) => Promise<SinkOutcome> {
  const { fulfilledBy } = wireOf(options.wire);
  let announced = 0;
  return async (item, id, outcome) => {
    // A relay shows a wrap only to its reader.
    if (isWrap(item)) return outcome;
    // Only the relay can have fulfilled. A relay that hides announcements is noticed at the next look.
    if (
      item.known.kind === ANNOUNCEMENT_KIND && fulfilledBy === "terminal" &&
      announced++ % ANNOUNCEMENTS_A_LOOK > 0
    ) return outcome;
    const read = await relayReader.readBack(id);
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
  };
}

/** Whether this write is wrapped for one reader. */
export function isWrap({ known }: Item): boolean {
  return known.purpose !== "job" && known.kind === GIFT_WRAP_KIND;
}
