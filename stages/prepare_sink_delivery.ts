/**
 * How prepareSink delivers one document: a free write, a paid write that is read back, or the payment of a provider.
 *
 * @module
 */
import { wireOf } from "../protocols/wires/wires.ts";
import { SignerError } from "../money/signer/signer_error.ts";
import { sha256 } from "@noble/hashes/sha2.js";
import { deliveryObligation, readDeliveryOrder } from "../protocols/nostr/sealed_result.ts";
import { paidRequest } from "../protocols/nostr/job_payment.ts";
import { parseEvent } from "../protocols/nostr/event.ts";
import { decodeDocument } from "../protocols/toon/decode.ts";
import { grossTo, parseHopFee } from "../protocols/ilp/fee.ts";
import type {
  PrepareSinkOptions,
  PrepareSinkServices,
  SinkOutcome,
} from "./prepare_sink_services.ts";
import { readQuote } from "../protocols/nostr/job_quote.ts";
import type { Delivery } from "../store/delivery_row.ts";
import { type Bookkeeper, NOT_POSTED_YET } from "./prepare_sink_books.ts";
import {
  isIncrement,
  mayPayIncrement,
  orderedIncrement,
  orderedTurn,
} from "./prepare_sink_increments.ts";
import {
  aboutOf,
  MAX_WAIT_MS,
  patienceMs,
  refused,
  refusedBy,
  told,
} from "./prepare_sink_packet.ts";
import { fulfilmentsOf } from "./prepare_sink_look.ts";
import { opened, sealed } from "./prepare_sink_private.ts";
import { publishFree } from "./prepare_sink_publish.ts";
import { isWrap, readingBack } from "./prepare_sink_read_back.ts";
import { quotedSuccessor } from "./prepare_sink_successor.ts";
import { isLate, isOrder, NO_KEY } from "./prepare_sink_retry.ts";
import type { Item, StageContext } from "./stage.ts";

/** How long the payment of an order waits for a connector; then the order comes again. */
const ORDER_WAIT_MS = 60_000;
/** The same for an increment, which may not be due any more afterwards. */
const INCREMENT_WAIT_MS = 5_000;
/** How long the question for a key that was paid before waits for its answer; then the order comes again. */
const KEY_AGAIN_MS = 30_000;

/**
 * Makes the delivery. Rejects only if the store or the signer's worker is gone; everything else is an outcome.
 *
 * Held: one promise for each request that is being written, for the payment of its provider to wait for.
 */
export function deliverer(
  options: PrepareSinkOptions,
  services: PrepareSinkServices,
  books: Bookkeeper,
  context: StageContext,
): (item: Item, seen: Delivery) => Promise<SinkOutcome> {
  const hopFees = options.hopFees?.map(parseHopFee) ?? [];
  const { fulfilledBy } = wireOf(options.wire);
  const posting = new Map<string, Promise<SinkOutcome>>();
  const fulfilments = fulfilmentsOf(services.signer);
  const confirmed = readingBack(options, services, context);

  /** What is sent, so that this amount arrives. */
  const grossOf = ({ known }: Item, units: string | number | bigint = 0): bigint =>
    grossTo(String(known.destination), BigInt(units), hopFees);

  const write = async (item: Item, id: string, seen: Delivery): Promise<SinkOutcome> => {
    const over = await books.overBefore(item, `write:${id}`, seen);
    if (over !== null) return over;
    if (options.write === "nostr") {
      const waitMs = patienceMs(item, context.clock());
      if (waitMs <= 0) return refused("expired", "it expired before it could be sent");
      const stillWanted = () => books.overBefore(item, `write:${id}`);
      return await publishFree(
        item,
        services.relayReader,
        { waitMs, over: stillWanted },
        context,
      );
    }
    // Additional goods of the order (storage) are paid in addition to the event's bytes.
    const priceUnits = BigInt(item.known.write_price_units ?? 0) +
      BigInt(item.known.amount_units ?? 0);
    const outcome = await pay(item, grossOf(item, priceUnits), `write:${id}`);
    if (outcome.state !== "done") return outcome;
    return await confirmed(item, id, outcome);
  };

  /** Pays the provider of a job. Its request must be on the relay before. */
  const payProvider = async (item: Item, id: string, seen: Delivery): Promise<SinkOutcome> => {
    const over = await books.overBefore(item, `job:${id}`, seen);
    if (over !== null) return over;
    const write = await posting.get(id)?.catch(() => null);
    // The write was paid and the relay hides the event, so its FULFILL proves nothing.
    if (write?.state === "unknown" && write.code === "not_read_back") return NOT_POSTED_YET;
    const posted = write?.state === "done" ? write : await books.postedBefore(item, id);
    if (posted.state !== "done") return posted;
    const next = await quotedSuccessor(item, seen, services, hopFees, context);
    if (next !== null && typeof next !== "bigint") return next;
    // The question takes a moment, in which the job may end.
    const overNow = seen.askedBefore.length === 0
      ? null
      : await books.overBefore(item, `job:${id}`);
    if (overNow !== null) return overNow;
    // A quote of a request never changes; the question may just have stored one.
    const isKnown = next === null && seen.buyer?.eventId === id;
    const quote = isKnown ? seen.quote : await services.store.quoteOf(id);
    const amount = next ?? BigInt(item.known.amount_units ?? 0);
    if (quote === null) {
      return await payInside(item, amount, `job:${id}`);
    }
    const request = parseEvent(decodeDocument(item.bytes).event);
    const signed = parseEvent(decodeDocument(quote.quote).event);
    const paid = { ...item, bytes: paidRequest(request, signed) };
    // If every hop can fulfil, the condition is that of the content, because no hop could open another one.
    // The key to a sealed result is no receipt of its deposit.
    const own = fulfilledBy === "anyone" || readQuote(signed).mode === "on-delivery";
    const condition = own ? undefined : Uint8Array.fromHex(quote.condition);
    return await payInside(paid, amount, `job:${id}`, condition);
  };

  /** Pays for the key to a sealed result. Tries as long as the packet has no answer, even if the job has ended. */
  const payForKey = async (item: Item, seen: Delivery): Promise<SinkOutcome> => {
    const order = readDeliveryOrder(parseEvent(decodeDocument(item.bytes).event));
    const obligation = deliveryObligation(order.requestId);
    const over = isLate(item) ? null : await books.overBefore(item, obligation, seen);
    if (over !== null) return over;
    const amount = grossOf(item, item.known.amount_units);
    const condition = Uint8Array.fromHex(order.condition);
    const wrapped = await sealed(item, services.signer);
    const outcome = await pay(wrapped, amount, obligation, condition);
    if (outcome.state !== "done" || opensOrder(outcome, order.condition)) return outcome;
    // An earlier packet paid for it, and its answer is not here, as after a settlement. Its provider gives a sold key again for nothing.
    const again = await services.connector?.sendFree?.({
      destination: String(item.known.destination),
      data: wrapped.bytes,
      condition,
    }, { signal: AbortSignal.any([context.signal, AbortSignal.timeout(KEY_AGAIN_MS)]) });
    if (again?.state === "fulfilled") return { ...outcome, fulfilment: again.fulfilment };
    return {
      state: "unknown",
      code: NO_KEY,
      message: "it was paid, and its key is not here yet",
    };
  };

  /** Pays a later increment of a metered job when it is due. An order to pause the job costs nothing. */
  const payIncrement = async (item: Item, seen: Delivery): Promise<SinkOutcome> => {
    const turned = orderedTurn(item);
    if (turned !== null) return await payInside(item, 0n, turned.obligation);
    const { obligation } = orderedIncrement(item);
    const over = await books.overBefore(item, obligation, seen);
    if (over !== null) return over;
    const later = await mayPayIncrement(item, services, context);
    if (later !== null) return later;
    const amount = grossOf(item, item.known.amount_units);
    return await payInside(item, amount, obligation);
  };

  /** Pays with a wrap if the job is private. The provider opens it first, so the fulfilment that only the two can compute is that of the inner bytes. */
  const payInside = async (
    item: Item,
    amount: bigint,
    obligation: string,
    quoted?: Uint8Array,
  ) => {
    const condition = quoted ??
      (item.known.reader === undefined || fulfilledBy === "anyone"
        ? undefined
        : sha256(await fulfilmentOf(String(item.known.terminal), sha256(item.bytes))));
    return await pay(await sealed(item, services.signer), amount, obligation, condition);
  };

  const fulfilmentOf = async (terminal: string, dataSha256: Uint8Array): Promise<Uint8Array> => {
    return fulfilledBy === "anyone"
      ? dataSha256
      : (await fulfilments([{ peer: terminal, dataSha256 }]))[0];
  };

  /** Returns `expired`, unless an earlier try paid or still may. A payment counts even if it is settled late. */
  const paidOr = async (obligation: string, message: string): Promise<SinkOutcome> => {
    const packets = await services.store.outgoingByObligation(obligation);
    const paid = packets.filter(({ state }) => state === "fulfilled");
    if (paid.length === 0) {
      return packets.every(({ state }) => state === "refused") ? refused("expired", message) : {
        state: "unknown",
        code: "unknown",
        message: "no answer yet; the packet stays open and is sent again",
      };
    }
    const units = paid.reduce((sum, { amount }) => sum + amount, 0n);
    return { state: "done", units, detail: "fulfilled" };
  };

  const pay = async (
    item: Item,
    amount: bigint,
    obligation: string,
    quoted?: Uint8Array,
  ): Promise<SinkOutcome> => {
    const { connector } = services;
    if (!connector) {
      return refused(
        "no_connector",
        "this network profile names no connector, so nothing can be paid",
      );
    }
    const waitMs = isIncrement(item)
      ? INCREMENT_WAIT_MS
      : quoted === undefined || !isOrder(item)
      ? patienceMs(item, context.clock())
      : ORDER_WAIT_MS;
    if (waitMs <= 0) return await paidOr(obligation, "it expired before it could be sent");
    const dataSha256 = sha256(item.bytes);
    let condition = quoted;
    try {
      // The key of a wrap's author no longer exists, so the fulfilment is the hash of the content.
      condition ??= sha256(
        isWrap(item) ? dataSha256 : await fulfilmentOf(String(item.known.terminal), dataSha256),
      );
    } catch (error) {
      // The signer refused the fields of this document. The stage itself is not broken.
      if (!(error instanceof SignerError)) throw error;
      return refusedBy(error);
    }
    context.log("info", "PREPARE", {
      obligation,
      destination: String(item.known.destination),
      amount_units: amount,
      bytes: item.bytes.length,
    });
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), Math.min(waitMs, MAX_WAIT_MS));
    try {
      const packet = {
        destination: String(item.known.destination),
        data: item.bytes,
        condition,
      };
      const signal = AbortSignal.any([context.signal, patience.signal]);
      const outcome = amount === 0n && connector.sendFree !== undefined
        ? await connector.sendFree(packet, { signal })
        : await connector.pay({ ...packet, amount, obligation, about: aboutOf(item) }, { signal });
      if (outcome.state === "refused" && outcome.code === "cancelled" && patience.signal.aborted) {
        return await paidOr(obligation, "no connector took it before it expired");
      }
      return told(await opened(item, outcome, services.signer), amount, obligation, context);
    } finally {
      clearTimeout(timer);
    }
  };

  return (item, seen) => {
    const id = String(item.known.id);
    if (isOrder(item)) return payForKey(item, seen);
    if (isIncrement(item)) return payIncrement(item, seen);
    if (item.known.purpose === "job") return payProvider(item, id, seen);
    const outcome = write(item, id, seen);
    if (item.known.job_id !== undefined) {
      posting.set(id, outcome);
      outcome.finally(() => posting.delete(id)).catch(() => undefined);
    }
    return outcome;
  };
}

function opensOrder(
  { fulfilment }: Extract<SinkOutcome, { state: "done" }>,
  condition: string,
): boolean {
  return fulfilment !== undefined && sha256(fulfilment).toHex() === condition;
}
