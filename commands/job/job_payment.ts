/**
 * How a job was paid: the mode, the quote if the buyer took one, and the documents that prove what the provider promised.
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

/** A sealed result as it is printed. It has everything needed to prove whether the key opens it. */
interface DeliveryDocument {
  /** `waiting`: the key is not paid for yet. `broken`: the key does not open the result. */
  readonly state: SealedRow["state"];
  /** What was paid before the job ran. */
  readonly deposit_units: bigint;
  readonly rest_units: bigint;
  /** The provider's quote, as signed. */
  readonly quote: NostrEvent;
  readonly sealed_result: NostrEvent | null;
}

/** A job's payment as it is printed. */
export interface PaymentDocument {
  readonly mode: "upfront" | "on-delivery" | "metered" | "free";
  /** The id of the quote; null if the announced price was paid. */
  readonly quote_id: string | null;
  /** SHA-256 of the receipt, or of the key to the sealed result, in hex. Null if nothing was sent, or if the row was removed. */
  readonly condition: string | null;
  /** The receipt or the key, in hex: the preimage of the condition. Null until the payment is answered. */
  readonly fulfillment: string | null;
  /** Present for a job that is paid on delivery. */
  readonly delivery?: DeliveryDocument;
  /** Present for a job that is paid while it runs: how many increments were paid. */
  readonly increments?: number;
  /** The buyer pays no more than this. */
  readonly most_increments?: number;
  /** The price of one increment, and the run time that it buys. */
  readonly increment_units?: bigint;
  readonly increment_s?: number;
  /** What the buyer risks at any moment: one increment. */
  readonly max_loss_units?: bigint;
}

/** Reads the payment of a buyer's job. */
export async function paymentOf(
  store: Pick<Store, "quoteOf" | "sealedOf" | "meterOf" | "outgoingByObligation">,
  { eventId, amountUnits }: Pick<JobRow, "eventId" | "amountUnits">,
): Promise<PaymentDocument> {
  if (amountUnits === 0n) {
    return { mode: "free", quote_id: null, condition: null, fulfillment: null };
  }
  const row = await store.quoteOf(eventId);
  // The quote was checked before this home stored it.
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
  const meter = quote?.mode === "metered" ? await store.meterOf(eventId, "buyer") : null;
  if (meter !== null) {
    // With what hops keep, if its packet is still there.
    const increment = packet?.amount ?? meter.incrementUnits;
    return {
      mode: "metered",
      ...paid,
      increments: meter.paid,
      most_increments: meter.most,
      increment_units: increment,
      increment_s: meter.seconds,
      max_loss_units: increment,
    };
  }
  if (!onDelivery) return { mode: "upfront", ...paid };
  const sale = await store.sealedOf(eventId, "buyer");
  return {
    mode: "on-delivery",
    ...paid,
    // The packet's row is removed after its retention time; the sale's row stays.
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
