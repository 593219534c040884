/**
 * The part of prepareSink for the buyer of a metered job. The commit that books an increment puts the order of the next one into the
 * outbox. The increment is paid when the buyer's own clock allows it and the provider says that it is due, but not after the job has ended.
 *
 * @see docs/money.md#metered
 * @module
 */
import { NOT_DUE, paysFromMs } from "../protocols/nostr/metered.ts";
import { isEnded } from "../protocols/job_status.ts";
import {
  incrementObligation,
  incrementOrder,
  readIncrementOrder,
} from "../protocols/nostr/increment_order.ts";
import { parseEvent } from "../protocols/nostr/event.ts";
import { INCREMENT_ORDER_KIND } from "../protocols/nostr/kinds.ts";
import { decodeDocument } from "../protocols/toon/decode.ts";
import { countsAsPaid } from "../protocols/ilp/packet_state.ts";
import type { JobRow } from "../store/job_row.ts";
import type { MeterRow } from "../store/meter_row.ts";
import type { Change, OutgoingPacketRow, Store } from "../store/store.ts";
import type { PrepareSinkServices, SinkOutcome } from "./prepare_sink_services.ts";
import type { Item } from "./stage.ts";

/** The code with which a provider answers a packet of amount 0 if the increment is due; the packet lacks its price. */
const DUE = "F04";
/** The code with which it says that the increment will never be due. Other codes are of hops, which cannot know it. */
const NEVER_DUE = "F99";
/** How long the answer may take. The run continues meanwhile. */
const ASK_MS = 5_000;

/** Whether a document orders an increment. */
export function isIncrement({ known: { purpose, kind } }: Item): boolean {
  return purpose === "job" && kind === INCREMENT_ORDER_KIND;
}

/** The number of the increment that a document orders, with its request and its obligation. */
export function orderedIncrement(
  { bytes }: Item,
): { readonly requestId: string; readonly number: number; readonly obligation: string } {
  const { requestId, number } = readIncrementOrder(parseEvent(decodeDocument(bytes).event));
  return { requestId, number, obligation: incrementObligation(requestId, number) };
}

/** Why the increment is not paid now; null if it should be paid. */
export async function mayPayIncrement(
  item: Item,
  { store, connector }: Pick<PrepareSinkServices, "store" | "connector">,
  { clock, signal }: { readonly clock: () => number; readonly signal: AbortSignal },
): Promise<Extract<SinkOutcome, { code: string }> | null> {
  const { requestId, number, obligation } = orderedIncrement(item);
  const no = (code: string, message: string) => ({ state: "refused", code, message }) as const;
  // A packet that was sent is sent again, whatever its provider says now.
  const earlier = await store.outgoingByObligation(obligation);
  if (earlier.some(({ state }: OutgoingPacketRow) => countsAsPaid(state))) return null;
  const meter = await store.meterOf(requestId, "buyer");
  if (meter === null || meter.sinceMs === null) return no("no_meter", "its job is not metered");
  if (number !== meter.paid + 1 || number > meter.most) {
    return no("out_of_order", `increment ${number} cannot follow ${meter.paid} of ${meter.most}`);
  }
  if (clock() < paysFromMs({ ...meter, sinceMs: meter.sinceMs })) {
    return no(NOT_DUE, "the last increment is not used yet");
  }
  if (connector?.sendFree === undefined) return no("no_connector", "nothing can be asked here");
  const asked = {
    destination: String(item.known.destination),
    data: item.bytes,
    condition: new Uint8Array(32),
  };
  const answer = await connector.sendFree(asked, {
    signal: AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)]),
  });
  if (answer.state !== "refused") return no(NOT_DUE, "the provider did not answer");
  if (answer.code === DUE) return null;
  return answer.code === NEVER_DUE
    ? no(answer.code, answer.message)
    : no(NOT_DUE, "the provider does not ask for it yet");
}

/**
 * The changes of a job's meter after an outcome: the increment is booked, and the order of the next one is added. Empty if the job is not
 * metered, or nothing was paid.
 */
export async function meterChanges(
  store: Pick<Store, "meterOf">,
  item: Item,
  outcome: SinkOutcome,
  job: JobRow | null,
  atMs: number,
): Promise<readonly Change[]> {
  if (job === null || job.role !== "buyer" || outcome.state !== "done") return [];
  const number = isIncrement(item) ? orderedIncrement(item).number : firstOf(item, job);
  if (number === null) return [];
  const meter = await store.meterOf(job.eventId, "buyer");
  if (meter === null || number <= meter.paid) return [];
  const { eventId } = job;
  return [
    { op: "payIncrement", eventId, role: "buyer", number, atMs },
    ...number === 1 ? [] : [{
      op: "patchJob" as const,
      jobId: job.jobId,
      role: "buyer" as const,
      patch: { amountUnits: job.amountUnits + outcome.units, updatedAtMs: atMs },
    }],
    ...number >= meter.most || isEnded(job.status)
      ? []
      : [{ op: "addOutbox" as const, row: orderOf(job, meter, number + 1, item, atMs) }],
  ];
}

/** The request's own payment is the first increment. */
function firstOf({ known: { purpose, id } }: Item, { eventId }: JobRow): 1 | null {
  return purpose === "job" && id === eventId ? 1 : null;
}

/** The order of an increment. Its amount is what must arrive; the sink adds the hops' fees. */
function orderOf(
  { jobId, buyer, eventId }: JobRow,
  { party, incrementUnits }: MeterRow,
  number: number,
  { known }: Item,
  atMs: number,
): Extract<Change, { op: "addOutbox" }>["row"] {
  const order = incrementOrder(
    { requestId: eventId, provider: party, number },
    Math.floor(atMs / 1_000),
  );
  return {
    jobId,
    purpose: "job",
    event: new TextEncoder().encode(JSON.stringify({ ...order, pubkey: buyer })),
    destination: String(known.destination),
    terminalPubkey: party,
    amountUnits: incrementUnits,
    createdAtMs: atMs,
  };
}
