/**
 * Where writes are free, the sink also writes what it has published to the relays at which the addressee reads (NIP-65), if the home's own
 * relay is none of them: a request to those of its provider, an answer to those of its customer.
 *
 * The home's own relay has the event already, so nothing waits for a copy, and a copy is tried once. Strangers decide how many answers
 * there are, and which relays they go to. So answers to accepted jobs are copied within the limits of prepare_sink_copy_limits.ts, and a price
 * for a stranger only to relays that this home reads anyway. Held: at most 64 copies in progress. What is left out is counted.
 *
 * @module
 */
import { messageOf } from "../base/thrown.ts";
import type { NostrEvent } from "../protocols/nostr/event.ts";
import { DELETION_KIND, GIFT_WRAP_KIND, isMarketKind } from "../protocols/nostr/kinds.ts";
import { decodeDocument } from "../protocols/toon/decode.ts";
import type { JobRow } from "../store/job_row.ts";
import { copyLimits } from "./prepare_sink_copy_limits.ts";
import type { PrepareSinkServices } from "./prepare_sink_services.ts";
import type { Item, StageContext } from "./stage.ts";

const MAX_UNDER_WAY = 64;

/** The copies of one stage. */
interface ReaderCopies {
  /** Begins to write a published document to its addressee's relays. Returns at once. */
  begin(item: Item): void;
  /** Resolves when no copy is in progress. Never rejects. */
  ended(): Promise<unknown>;
}

type Services = Pick<PrepareSinkServices, "store" | "relayReader" | "relayCopies">;

/** Makes them. Without the service `relayCopies` nothing is copied. */
export function readerCopies(
  { store, relayReader, relayCopies }: Services,
  { count, log, clock }: Pick<StageContext, "count" | "log" | "clock">,
): ReaderCopies {
  const underWay = new Set<Promise<void>>();
  const limits = copyLimits();

  /** The job that the event answers; null if this home is its buyer. */
  const soldJob = async ({ known: { job_id } }: Item): Promise<JobRow | null> =>
    job_id === undefined ? null : await store.getJob(String(job_id), "provider");

  const copy = async (item: Item) => {
    const event = eventOf(item.bytes);
    const [addressee, another] = event.tags.filter(([name]) => name === "p");
    if (addressee?.[1] === undefined || another !== undefined) return;
    const sold = await soldJob(item);
    // The relays that the customer names in the request that is answered (NIP-90).
    const named = sold !== null && isMarketKind(event.kind)
      ? eventOf(sold.request).tags.find(([name]) => name === "relays")?.slice(1) ?? []
      : [];
    const isForStranger = item.known.job_id === undefined;
    const found = await relayReader.inbox?.(addressee[1], named, isForStranger) ?? [];
    // This home chose the provider of a job that it buys.
    const relays = sold === null ? found : limits.take(sold.buyer, found, clock());
    if (relays.length < found.length) count("copies_limited");
    if (relays.length === 0) return;
    for (const { relayUrl, state, reason } of await relayCopies!.write(relays, [item.bytes])) {
      count(`copies_${state}`);
      log(state === "accepted" ? "info" : "warn", "event written where its addressee reads", {
        ...{ event_id: String(item.known.id), relay: relayUrl, state },
        ...reason !== null && { reason: reason.slice(0, MAX_REASON) },
      });
    }
  };

  return {
    begin(item) {
      if (!relayCopies || !isForOne(item)) return;
      if (underWay.size >= MAX_UNDER_WAY) return count("copies_too_many");
      const work = copy(item).catch((error) => {
        log("warn", "an event could not be written where its addressee reads", {
          event_id: String(item.known.id),
          reason: messageOf(error),
        });
      }).finally(() => underWay.delete(work));
      underWay.add(work);
    },
    ended: () => Promise.all(underWay),
  };
}

const MAX_REASON = 200;

/** Requests, answers and cancellations of jobs, wrapped or not. Private messages are not written by the sink alone. */
function isForOne({ known: { kind, job_id, purpose } }: Item): boolean {
  if (typeof kind !== "number" || purpose === "job") return false;
  return isMarketKind(kind) ||
    job_id !== undefined && (kind === DELETION_KIND || kind === GIFT_WRAP_KIND);
}

function eventOf(bytes: Uint8Array): NostrEvent {
  return decodeDocument(bytes).event as NostrEvent;
}
