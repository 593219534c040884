/**
 * How a job was paid: the mode, the quote if one was taken, and what its provider can be held to.
 *
 * @module
 */
import { innerPackets } from "../../protocols/ilp/inner_packets.ts";
import { type NostrEvent, parseEvent } from "../../protocols/nostr/event.ts";
import { deliveryObligation } from "../../protocols/nostr/sealed_result.ts";
import { decodeDocument } from "../../protocols/toon/decode.ts";
import { readQuote } from "../../protocols/nostr/job_quote.ts";
import type { SealedRow } from "../../store/sealed_row.ts";
import type { OutgoingPacketRow, Store } from "../../store/store.ts";
import type { JobRow } from "../../store/job_row.ts";

/** What can be shown of a sealed result: all that it takes to prove whether its key opens it. */
interface DeliveryDocument {
  /** `waiting`: its key is not paid for. `broken`: its key does not open it. */
  readonly state: SealedRow["state"];
  /** What was paid before the job ran, and what the key costs. */
  readonly deposit_units: bigint;
  readonly rest_units: bigint;
  /** The provider's signed events, word for word; null until it came. */
  readonly quote: NostrEvent;
  readonly sealed_result: NostrEvent | null;
}

/** A job's payment as it is printed. */
export interface PaymentDocument {
  readonly mode: "upfront" | "on-delivery" | "free";
  /** Null where the announced price was paid. */
  readonly quote_id: string | null;
  /** SHA-256 of the receipt, or of the key to the sealed result, hex; null where nothing was sent, or its row was removed. */
  readonly condition: string | null;
  /** The receipt, or the key, hex: what opened the condition. Null until the payment is answered. */
  readonly fulfillment: string | null;
  /** Of a job that is paid on delivery. */
  readonly delivery?: DeliveryDocument;
}

/** The payment of a buyer's job. */
export async function paymentOf(
  store: Pick<Store, "quoteOf" | "sealedOf" | "outgoingByObligation">,
  { eventId, amountUnits }: Pick<JobRow, "eventId" | "amountUnits">,
): Promise<PaymentDocument> {
  if (amountUnits === 0n) {
    return { mode: "free", quote_id: null, condition: null, fulfillment: null };
  }
  const row = await store.quoteOf(eventId);
  // It was checked before it was put into this home's own store.
  const signed = row && parseEvent(decodeDocument(row.quote).event);
  const quote = signed && readQuote(signed);
  const onDelivery = quote?.mode === "on-delivery";
  const packets = await store.outgoingByObligation(
    onDelivery ? deliveryObligation(eventId) : `job:${eventId}`,
  );
  const packet = packets.find(({ state }) => state === "fulfilled") ?? packets.at(-1);
  const paid = {
    quote_id: signed?.id ?? null,
    condition: packet?.condition.toHex() ?? quote?.condition ?? null,
    fulfillment: packet === undefined ? null : fulfillmentOf(packet),
  };
  if (!onDelivery) return { mode: "upfront", ...paid };
  const sale = await store.sealedOf(eventId, "buyer");
  return {
    mode: "on-delivery",
    ...paid,
    // A packet's row is removed in time; the sale's stays.
    fulfillment: paid.fulfillment ?? sale?.key ?? null,
    delivery: {
      state: sale?.state ?? "waiting",
      deposit_units: quote.depositUnits,
      rest_units: quote.priceUnits - quote.depositUnits,
      quote: signed!,
      sealed_result: sale && parseEvent(decodeDocument(sale.result).event),
    },
  };
}

function fulfillmentOf({ state, answer }: OutgoingPacketRow): string | null {
  if (state !== "fulfilled" || answer === null) return null;
  const packet = innerPackets.decodePacket(answer);
  return packet.type === "fulfill" ? packet.fulfilment.toHex() : null;
}
