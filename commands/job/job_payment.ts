/**
 * How a job was paid: the mode, the quote if the buyer took one, and the documents that prove what the provider promised.
 *
 * @module
 */
import { type NostrEvent, parseEvent } from "../../protocols/nostr/event.ts";
import { deliveryObligation } from "../../protocols/nostr/sealed_result.ts";
import { decodeDocument } from "../../protocols/toon/decode.ts";
import { isPaused } from "../../protocols/nostr/turn_order.ts";
import { readQuote } from "../../protocols/nostr/job_quote.ts";
import type { QuoteRow } from "../../store/quote_row.ts";
import type { InvoiceRow } from "../../store/invoice_row.ts";
import type { SealedRow } from "../../store/sealed_row.ts";
import type { OutgoingPacketRow, Store } from "../../store/store.ts";
import type { JobRow } from "../../store/job_row.ts";

/** A sealed result as it is printed. It has everything needed to prove whether the key opens it. */
interface DeliveryDocument {
  /** `waiting`: the key is not paid for yet. `broken`: the key does not open the result. */
  readonly state: SealedRow["state"];
  /** What was paid before the job ran. */
  readonly deposit_units: bigint;
  /** What the key costs. Until the sealed result is here: the most that it may cost. */
  readonly rest_units: bigint;
  /** The provider's quote, as signed. */
  readonly quote: NostrEvent;
  readonly sealed_result: NostrEvent | null;
}

/** A payment over Lightning as it is printed. */
interface LightningDocument {
  /** `due`: not asked of the wallet yet. `sent`: its outcome is not known. */
  readonly state: InvoiceRow["state"];
  readonly msats: bigint;
  readonly fees_msats: bigint | null;
  readonly payment_hash: string;
  /** The receipt, in hex; null until it is paid. */
  readonly preimage: string | null;
  /** Why it is not paid, or the doubt about it. */
  readonly code: string | null;
  readonly invoice: string;
}

/** A binding quote that a provider gave on a relay, and that is not paid, as it is printed. */
interface OfferedDocument {
  readonly price_units: bigint;
  readonly ilp_address: string;
  /** Until when it may be paid, and the time of the result; ISO 8601. */
  readonly valid_until: string;
  readonly deadline: string;
  /** As its provider signed it. */
  readonly quote: NostrEvent;
}

/** A job's payment as it is printed. */
export interface PaymentDocument {
  readonly mode: "upfront" | "on-delivery" | "metered" | "lightning" | "free";
  /** The id of the quote; null if the announced price was paid. */
  readonly quote_id: string | null;
  /** SHA-256 of the receipt, or of the key to the sealed result, in hex. Null if nothing was sent, or if the row was removed. */
  readonly condition: string | null;
  /** The receipt or the key, in hex: the preimage of the condition. Null until the payment is answered. */
  readonly fulfillment: string | null;
  /** Present for an unpaid job whose provider gave a quote on a relay. */
  readonly offered?: OfferedDocument;
  /** Present for a job that is paid on delivery. */
  readonly delivery?: DeliveryDocument;
  /** Present for a job whose provider asks for a payment over Lightning. */
  readonly lightning?: LightningDocument;
  /** Present for a job that is paid while it runs: how many increments were paid. */
  readonly increments?: number;
  /** The buyer pays no more than this. */
  readonly most_increments?: number;
  /** The price of one increment, and the run time or the output that it buys. */
  readonly increment_units?: bigint;
  readonly increment_s?: number;
  readonly increment_kib?: number;
  /** The output that the buyer has received, in bytes. Present if increments buy output. */
  readonly received_bytes?: number;
  /** Whether the buyer has paused the job. */
  readonly paused?: boolean;
  /** What the buyer risks at any moment: one increment. */
  readonly max_loss_units?: bigint;
}

/** What reading a payment needs. */
type PaymentStore = Pick<
  Store,
  "quoteOf" | "sealedOf" | "meterOf" | "invoiceOf" | "outgoingByObligation" | "jobLog"
>;

/** Reads the payment of a buyer's job. */
export async function paymentOf(
  store: PaymentStore,
  { jobId, eventId, amountUnits }: Pick<JobRow, "jobId" | "eventId" | "amountUnits">,
): Promise<PaymentDocument> {
  const row = await store.quoteOf(eventId);
  if (amountUnits === 0n) {
    const none = { quote_id: null, condition: null, fulfillment: null };
    const invoice = await store.invoiceOf(eventId, "buyer");
    if (invoice !== null) return { mode: "lightning", ...none, lightning: lightningOf(invoice) };
    return row === null ? { mode: "free", ...none } : offeredBy(row);
  }
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
    fulfillment: packet === undefined ? null : await fulfillmentOf(packet),
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
      ...meter.kib === 0 ? { increment_s: meter.seconds } : {
        increment_kib: meter.kib,
        received_bytes: (await store.jobLog(jobId, "buyer", Number.MAX_SAFE_INTEGER, 0)).endBytes,
      },
      paused: isPaused(meter.turns),
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
      rest_units: sale?.restUnits ?? quote.priceUnits - quote.depositUnits,
      quote: signed!,
      sealed_result: sale && parseEvent(decodeDocument(sale.result).event),
    },
  };
}

function offeredBy({ quote: bytes, condition }: QuoteRow): PaymentDocument {
  const signed = parseEvent(decodeDocument(bytes).event);
  const { mode, priceUnits, ilpAddress, validUntilS, deadlineS } = readQuote(signed);
  return {
    mode,
    quote_id: signed.id,
    condition,
    fulfillment: null,
    offered: {
      price_units: priceUnits,
      ilp_address: ilpAddress,
      valid_until: new Date(validUntilS * 1_000).toISOString(),
      deadline: new Date(deadlineS * 1_000).toISOString(),
      quote: signed,
    },
  };
}

function lightningOf(row: InvoiceRow): LightningDocument {
  const { state, amountMsats, feesMsats, paymentHash, preimage, code, invoice } = row;
  return {
    state,
    msats: amountMsats,
    fees_msats: feesMsats,
    payment_hash: paymentHash,
    preimage,
    code,
    invoice,
  };
}

async function fulfillmentOf({ state, answer }: OutgoingPacketRow): Promise<string | null> {
  if (state !== "fulfilled" || answer === null) return null;
  // The codec takes the main thread longer to load than a command that shows no paid job needs.
  const { innerPackets } = await import("../../protocols/ilp/inner_packets.ts");
  const packet = innerPackets.decodePacket(answer);
  return packet.type === "fulfill" ? packet.fulfilment.toHex() : null;
}
