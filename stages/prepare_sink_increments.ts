/**
 * The part of prepareSink for the buyer of a metered job. The commit that books an increment puts the order of the next one into the
 * outbox. The increment is paid when the buyer's own clock allows it and the provider says that it is due, but not after the job has ended.
 * If increments buy output, the buyer counts the output that it received instead: it fetches the job's log until that is more than it paid
 * for.
 *
 * @see docs/money.md#metered
 * @module
 */
import { isOwedByOutput, NOT_DUE, paysFromMs } from "../protocols/nostr/metered.ts";
import { isEnded } from "../protocols/job_status.ts";
import { incrementObligation, readIncrementOrder } from "../protocols/nostr/increment_order.ts";
import { parseEvent } from "../protocols/nostr/event.ts";
import { INCREMENT_ORDER_KIND } from "../protocols/nostr/kinds.ts";
import { decodeDocument } from "../protocols/toon/decode.ts";
import { countsAsPaid } from "../protocols/ilp/packet_state.ts";
import { isPaused, isTurn, readTurnOrder, turnObligation } from "../protocols/nostr/turn_order.ts";
import { asksPrivately } from "../protocols/nostr/private_job.ts";
import { receivedRows } from "../protocols/nostr/job_log.ts";
import { isConflict } from "../store/store_error.ts";
import { incrementRow } from "../protocols/nostr/meter_orders.ts";
import type { Delivery } from "../store/delivery_row.ts";
import type { JobRow } from "../store/job_row.ts";
import type { MeterRow } from "../store/meter_row.ts";
import type { Change, OutgoingPacketRow, Store } from "../store/store.ts";
import { opened, sealed } from "./prepare_sink_private.ts";
import type { PrepareSinkServices, SinkOutcome } from "./prepare_sink_services.ts";
import type { Item } from "./stage.ts";

/** The code with which a provider answers a packet of amount 0 if the increment is due; the packet lacks its price. */
const DUE = "F04";
/** The code with which it says that the increment will never be due. Other codes are of hops, which cannot know it. */
const NEVER_DUE = "F99";
/** How long the answer may take. The run continues meanwhile. */
const ASK_MS = 5_000;
/** The most answers with output that are read at once. A provider that sends a byte in each would otherwise keep the sink busy for hours. */
const ANSWERS_AT_ONCE = 32;

/** Whether a document orders an increment. */
export function isIncrement({ known: { purpose, kind } }: Item): boolean {
  return purpose === "job" && kind === INCREMENT_ORDER_KIND;
}

/** The turn that a document orders: to pause its job, or to let it go on. Null if it orders an increment. */
export function orderedTurn(
  { bytes }: Item,
): { readonly requestId: string; readonly turn: number; readonly obligation: string } | null {
  const event = parseEvent(decodeDocument(bytes).event);
  if (!isTurn(event)) return null;
  const { requestId, turn } = readTurnOrder(event);
  return { requestId, turn, obligation: turnObligation(requestId, turn) };
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
  services: PrepareSinkServices,
  { clock, signal }: { readonly clock: () => number; readonly signal: AbortSignal },
): Promise<Extract<SinkOutcome, { code: string }> | null> {
  const { store, connector, signer } = services;
  const { requestId, number, obligation } = orderedIncrement(item);
  const no = (code: string, message: string) => ({ state: "refused", code, message }) as const;
  // A packet that was sent is sent again, whatever its provider says now.
  const earlier = await store.outgoingByObligation(obligation);
  if (earlier.some(({ state }: OutgoingPacketRow) => countsAsPaid(state))) return null;
  if (await store.getJobByEvent(requestId, "buyer") === null) {
    return no("job_over", "another provider has the job now");
  }
  const meter = await store.meterOf(requestId, "buyer");
  if (meter === null || meter.sinceMs === null) return no("no_meter", "its job is not metered");
  if (number !== meter.paid + 1 || number > meter.most) {
    return no("out_of_order", `increment ${number} cannot follow ${meter.paid} of ${meter.most}`);
  }
  if (isPaused(meter.turns)) return no(NOT_DUE, "the job is paused");
  if (meter.kib > 0) {
    if (!await hasReceived(item, meter, services, signal)) {
      return no(NOT_DUE, "the paid output has not come yet");
    }
  } else if (clock() < paysFromMs({ ...meter, sinceMs: meter.sinceMs })) {
    return no(NOT_DUE, "the last increment is not used yet");
  }
  if (connector?.sendFree === undefined) return no("no_connector", "nothing can be asked here");
  const asked = {
    destination: String(item.known.destination),
    data: (await sealed(item, signer)).bytes,
    condition: new Uint8Array(32),
  };
  const said = await connector.sendFree(asked, {
    signal: AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)]),
  });
  const answer = await opened(item, said, signer);
  if (answer.state !== "refused") return no(NOT_DUE, "the provider did not answer");
  if (answer.code === DUE) {
    // The provider may have taken its time. A pause or the job's end since then counts.
    const [now, job] = await Promise.all([
      store.meterOf(requestId, "buyer"),
      store.getJobByEvent(requestId, "buyer"),
    ]);
    const isOver = job === null || isEnded(job.status) || now === null || isPaused(now.turns);
    return isOver ? no(NOT_DUE, "the job was paused or ended meanwhile") : null;
  }
  return answer.code === NEVER_DUE
    ? no(answer.code, answer.message)
    : no(NOT_DUE, "the provider does not ask for it yet");
}

/** Fetches output until the buyer has more than it paid for; false if its provider sends no more now. The stored log is the count. */
async function hasReceived(
  { known: { destination } }: Item,
  { eventId, party, paid, kib }: MeterRow,
  { store, jobLogs }: PrepareSinkServices,
  signal: AbortSignal,
): Promise<boolean> {
  const job = await store.getJobByEvent(eventId, "buyer");
  if (job === null || !jobLogs) return false;
  const received = async () =>
    (await store.jobLog(job.jobId, "buyer", Number.MAX_SAFE_INTEGER, 0)).endBytes;
  const wanted = {
    requestId: eventId,
    provider: party,
    destination: String(destination),
    waitMs: 0,
    isSecret: asksPrivately(job.request),
  };
  let bytes = await received();
  for (let answers = 0; !isOwedByOutput(bytes, paid, kib); answers++) {
    if (signal.aborted || answers === ANSWERS_AT_ONCE) return false;
    const offset = bytes;
    // It cannot be read now, or what came is no log: nothing is paid for it.
    const answer = await jobLogs.read({ ...wanted, offset }).catch(() => null);
    if (answer === null) return false;
    for (const row of receivedRows(job.jobId, offset, answer)) {
      // Another reader of the log may have stored it in the meantime.
      await store.commit([{ op: "addJobLog", row }]).catch((error) => {
        if (!isConflict(error)) throw error;
      });
    }
    bytes = await received();
    if (bytes <= offset) return false;
  }
  return true;
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
  seen: Delivery,
  atMs: number,
): Promise<readonly Change[]> {
  if (job === null || job.role !== "buyer" || outcome.state !== "done") return [];
  const turned = isIncrement(item) ? orderedTurn(item) : null;
  if (turned !== null) {
    // The clock of the next increment stands still as soon as the provider's does.
    return [{ op: "confirmPause", eventId: turned.requestId, turn: turned.turn, atMs }];
  }
  const ordered = isIncrement(item) ? orderedIncrement(item) : null;
  // Another provider has the job now, and its increments are counted by their own meter.
  if (ordered !== null && ordered.requestId !== job.eventId) return [];
  const number = ordered?.number ?? firstOf(item, job);
  if (number === null) return [];
  // Only the next provider of a job may have got a meter since the entry was read.
  if (number === 1 && seen.isMetered === false && seen.askedBefore.length === 0) return [];
  const meter = await store.meterOf(job.eventId, "buyer");
  if (meter === null || number <= meter.paid) return [];
  const { eventId } = job;
  return [
    // The order of the next one must be in this commit, so the most may not change meanwhile.
    { op: "payIncrement", eventId, role: "buyer", number, most: meter.most, atMs },
    ...number === 1 ? [] : [{
      op: "patchJob" as const,
      jobId: job.jobId,
      role: "buyer" as const,
      patch: { amountUnits: job.amountUnits + outcome.units, updatedAtMs: atMs },
    }],
    ...number >= meter.most || isEnded(job.status) ? [] : [{
      op: "addOutbox" as const,
      row: incrementRow(
        job,
        { number: number + 1, units: meter.incrementUnits },
        { provider: meter.party, destination: String(item.known.destination), atMs },
      ),
    }],
  ];
}

/** The request's own payment is the first increment. */
function firstOf({ known: { purpose, id } }: Item, { eventId }: JobRow): 1 | null {
  return purpose === "job" && id === eventId ? 1 : null;
}
