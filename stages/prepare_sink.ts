/**
 * prepareSink: sends each document in an ILP PREPARE that pays for it, and makes the outcome durable before it settles the document. A
 * `write` pays a relay by size; a `job` pays a provider, after its request was posted.
 *
 * Held: at most 64 documents in progress; then the sink accepts no more. An outbox row that comes again while it is in progress joins the
 * first one. If an outcome cannot be made durable (the store fails), the stage ends, and its items come again. The connector session
 * decides what is refused, unknown or late (docs/money.md, P1-P4). The sink pays an obligation, which cannot be paid twice.
 *
 * If the sink settles a document as `failed`, the outbox row stays pending, and jobSource sends it again. This happens with an unknown
 * outcome, and with a provider's answer that the relay refused, both until the job's deadline. If the stage is aborted, rows stay pending.
 *
 * @module
 */
import { bookkeeper } from "./prepare_sink_books.ts";
import { readerCopies } from "./prepare_sink_copies.ts";
import { deliverer } from "./prepare_sink_delivery.ts";
import { NOT_DUE } from "../protocols/nostr/metered.ts";
import { isIncrement } from "./prepare_sink_increments.ts";
import { type Batch, type Item, learned, type Settlement, type StageContext } from "./stage.ts";
import type {
  PrepareSinkOptions,
  PrepareSinkServices,
  SinkOutcome,
} from "./prepare_sink_services.ts";

const MAX_UNDER_WAY = 64;

/** Makes the stage. Input: TOON of a signed event, with the fields of jobSource. Errors if an outcome cannot be made durable. */
export function prepareSink(
  options: PrepareSinkOptions,
  services: PrepareSinkServices,
  context: StageContext,
): WritableStream<Batch> {
  const underWay = new Map<string, Promise<Omit<Settlement, "seq"> | null>>();
  const books = bookkeeper(services, options.wire, context);
  const deliver = deliverer(options, services, books, context);
  const copies = readerCopies(services, context);

  /** Gives a document that comes from elsewhere (a pipe) the fields that jobSource would have given it. */
  const addressed = (item: Item): Item => {
    if (item.refusal || item.known.destination !== undefined || options.relay === undefined) {
      return item;
    }
    const { destination, terminalPubkey, priceUnitsPerByte } = options.relay;
    const price = BigInt(priceUnitsPerByte) * BigInt(item.bytes.length);
    return learned(item, {
      purpose: options.purpose ?? "write",
      destination,
      terminal: terminalPubkey,
      write_price_units: String(price),
    });
  };

  /** Returns null if the stage was aborted; then the document waits for the next start. */
  const handle = async (item: Item): Promise<Omit<Settlement, "seq"> | null> => {
    const seen = await books.look(item);
    if (!seen.pending) return { outcome: "done", detail: "settled_before" };
    const outcome: SinkOutcome = item.refusal
      ? { state: "refused", code: item.refusal.code, message: item.refusal.message }
      : await deliver(item, seen);
    if (outcome.state === "done") {
      await books.settle(item, outcome, seen);
      context.count("done");
      if (options.write === "nostr") copies.begin(item);
      return { outcome: "done", detail: outcome.detail };
    }
    if (context.signal.aborted) return null;
    const { code, message } = outcome;
    const kept = await books.settle(item, outcome, seen) === "kept";
    context.count(kept ? "kept" : outcome.state);
    // An increment that is not due yet is no failure. Its pauses must not grow, because the run needs it in time.
    if (kept && outcome.state === "refused" && isIncrement(item)) {
      return { outcome: "failed", detail: NOT_DUE };
    }
    context.log("warn", kept ? "delivery will be tried again" : "document was not delivered", {
      code,
      reason: message,
      purpose: text(item.known.purpose),
      event_id: text(item.known.id),
      job_id: text(item.known.job_id),
    });
    return { outcome: kept ? "failed" : "refused", detail: code };
  };

  const start = (given: Item, broken: (error: unknown) => void) => {
    const item = knownByContent(addressed(given));
    const { outbox_id: row } = item.known;
    const key = row === undefined ? `seq:${item.seq}` : `row:${row}`;
    const joined = underWay.get(key);
    const work = joined ?? handle(item).finally(() => underWay.delete(key));
    if (joined === undefined) underWay.set(key, work);
    work.then((came) => {
      if (came !== null) context.settlements.settle([{ ...came, seq: item.seq }]);
    }).catch((error) => {
      if (!context.signal.aborted) broken(error);
    });
  };

  let controller: WritableStreamDefaultController;
  return new WritableStream<Batch>({
    start: (own) => void (controller = own),
    async write(batch) {
      for (const item of batch) {
        while (underWay.size >= MAX_UNDER_WAY) await Promise.race(underWay.values());
        start(item, (error) => controller.error(error));
      }
    },
    async close() {
      await Promise.all(underWay.values());
      await copies.ended();
    },
  }, new CountQueuingStrategy({ highWaterMark: 1 }));
}

/** A gift wrap is paid, counted and settled under the id of the event in it, however often the event is wrapped. */
function knownByContent(item: Item): Item {
  const { inner_id: id } = item.known;
  return id === undefined ? item : learned(item, { id });
}

function text(value: string | number | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}
