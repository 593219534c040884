/**
 * How a job was paid: the mode, the quote if one was taken, and what its provider can be held to.
 *
 * @module
 */
import { innerPackets } from "../../protocols/ilp/inner_packets.ts";
import type { OutgoingPacketRow, Store } from "../../store/store.ts";
import type { JobRow } from "../../store/job_row.ts";

/** A job's payment as it is printed. */
export interface PaymentDocument {
  readonly mode: "upfront" | "free";
  /** Null where the announced price was paid. */
  readonly quote_id: string | null;
  /** SHA-256 of the receipt, hex; null where nothing was sent, or its row was removed. */
  readonly condition: string | null;
  /** The receipt, hex: what opened the condition. Null until the payment is answered. */
  readonly fulfillment: string | null;
}

/** The payment of a buyer's job. */
export async function paymentOf(
  store: Pick<Store, "quoteOf" | "outgoingByObligation">,
  { eventId, amountUnits }: Pick<JobRow, "eventId" | "amountUnits">,
): Promise<PaymentDocument> {
  if (amountUnits === 0n) {
    return { mode: "free", quote_id: null, condition: null, fulfillment: null };
  }
  const quote = await store.quoteOf(eventId);
  const packets = await store.outgoingByObligation(`job:${eventId}`);
  const packet = packets.find(({ state }) => state === "fulfilled") ?? packets.at(-1);
  return {
    mode: "upfront",
    // It was checked before it was put into this home's own store.
    quote_id: quote === null ? null : JSON.parse(new TextDecoder().decode(quote.quote)).id,
    condition: packet?.condition.toHex() ?? quote?.condition ?? null,
    fulfillment: packet === undefined ? null : fulfillmentOf(packet),
  };
}

function fulfillmentOf({ state, answer }: OutgoingPacketRow): string | null {
  if (state !== "fulfilled" || answer === null) return null;
  const packet = innerPackets.decodePacket(answer);
  return packet.type === "fulfill" ? packet.fulfilment.toHex() : null;
}
