/**
 * The part of prepareSink for a provider that is asked after another one did not do the job. It is asked for its own quote when its turn
 * comes. The quote counts if it is in the job's payment mode and costs at most what is left. A job that is paid upfront is paid at the
 * announced price if there is no such quote; any other job goes to the next provider.
 *
 * @see docs/money.md#failover
 * @module
 */
import { messageOf } from "../base/thrown.ts";
import { UNQUOTED } from "../protocols/failure_codes.ts";
import { grossTo, type HopFee } from "../protocols/ilp/fee.ts";
import type { UnsignedEvent } from "../protocols/nostr/event.ts";
import { mostIncrements, type Quote, wantedMode } from "../protocols/nostr/job_quote.ts";
import { coveredIncrements } from "../protocols/nostr/metered.ts";
import type { Delivery } from "../store/delivery_row.ts";
import { isConflict } from "../store/store_error.ts";
import type { PrepareSinkServices, SinkOutcome } from "./prepare_sink_services.ts";
import type { Item, StageContext } from "./stage.ts";

/** How long the answer may take. */
const WINDOW_MS = 2_000;

/** What a quote costs. */
interface Cost {
  /** Sent before the job runs. */
  readonly amountUnits: bigint;
  /** The most in all. */
  readonly totalUnits: bigint;
  /** The most increments, if the job is metered. */
  readonly increments: number;
}

/**
 * Asks the provider of a job that was passed on for its quote, and stores it. Returns the amount to pay, or why the provider is not paid.
 * Null if the job's first provider is to be paid, or if the amount is decided already.
 */
export async function quotedSuccessor(
  item: Item,
  { buyer: job, askedBefore }: Delivery,
  { store, quotes }: Pick<PrepareSinkServices, "store" | "quotes">,
  hopFees: readonly HopFee[],
  { clock, log }: Pick<StageContext, "clock" | "log">,
): Promise<bigint | Extract<SinkOutcome, { code: string }> | null> {
  if (job === null || item.known.id !== job.eventId || askedBefore.length === 0) return null;
  const { jobId, eventId } = job;
  const obligation = `job:${eventId}`;
  if (await store.quoteOf(eventId) !== null) return null;
  if ((await store.outgoingByObligation(obligation)).length > 0) return null;
  const request = JSON.parse(new TextDecoder().decode(job.request)) as UnsignedEvent;
  const mode = wantedMode(request);
  const unquoted = (message: string) =>
    mode === "upfront" ? null : { state: "refused", code: UNQUOTED, message } as const;
  const [answer] = await quotes?.ask([{
    provider: String(item.known.terminal),
    ilpAddress: String(item.known.destination),
    request,
  }], WINDOW_MS).catch(() => []) ?? [];
  if (!answer?.quote || answer.bytes === null) {
    return unquoted(answer?.reason ?? "the provider could not be asked for a quote");
  }
  const { quote, bytes } = answer;
  if (quote.mode !== mode || quote.requestId !== eventId) {
    return unquoted("the provider's quote is in another payment mode");
  }
  const leftUnits = await store.leftForSuccessor(jobId);
  const cost = leftUnits === null ? null : costOf(quote, leftUnits, hopFees);
  if (cost === null) return unquoted("the provider asks for more than is left of the bid");
  const atMs = clock();
  try {
    await store.commit([{
      op: "quoteSuccessor",
      jobId,
      eventId,
      bytes,
      quote,
      ...cost,
      atMs,
    }]);
  } catch (error) {
    if (!isConflict(error)) throw error;
    // The quote asks for too much at once; or the job ended, or something was paid for it, since it was read.
    return unquoted(messageOf(error));
  }
  log("info", "the next provider gave a quote", { job_id: jobId, quote_id: answer.id ?? "" });
  return cost.amountUnits;
}

/** What is sent for a quote. Null if that is more than is left. */
function costOf(quote: Quote, leftUnits: bigint, hopFees: readonly HopFee[]): Cost | null {
  const sent = (units: bigint) => grossTo(quote.ilpAddress, units, hopFees);
  const amountUnits = sent(quote.depositUnits);
  if (quote.mode === "metered") {
    const increments = coveredIncrements(leftUnits, amountUnits, mostIncrements(quote));
    if (increments === 0) return null;
    return { amountUnits, totalUnits: amountUnits * BigInt(increments), increments };
  }
  const restUnits = quote.priceUnits - quote.depositUnits;
  const totalUnits = amountUnits + (restUnits === 0n ? 0n : sent(restUnits));
  return totalUnits > leftUnits ? null : { amountUnits, totalUnits, increments: 1 };
}
