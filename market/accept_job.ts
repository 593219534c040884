/**
 * Where a provider's payments end: a paid PREPARE whose data is the signed request. The job's row and the payment are one
 * commit, before FULFILL goes out; so a job that was paid is there after any crash, and runs once it is there.
 *
 * A packet of amount 0 is refused with a signed quote in the data, where the provider quotes. A payment may bring that quote: then its
 * price counts, and its condition.
 *
 * Refusals carry JSON in their data: `{"code","message"}`, and for a price `{"required","received","unit"}` beside it.
 *
 * @module
 */
import { type Asset, formatUnits, UNITS } from "../protocols/ilp/asset.ts";
import { isEnded, isUnpaid } from "../protocols/job_status.ts";
import type { NostrEvent } from "../protocols/nostr/event.ts";
import type { Effect, Inspection, Terminal, TerminalReject } from "../money/receiver/terminal.ts";
import type { Change, Store } from "../store/store.ts";
import { providerRow } from "./admission.ts";
import { jobPlaces } from "./job_places.ts";
import { mostIncrements } from "../protocols/nostr/job_quote.ts";
import { meterChange } from "./meter_change.ts";
import { mayBeOwed, wantedMode } from "./quotes/on_delivery.ts";
import {
  opening,
  type Payment,
  type PaymentReader,
  readOpenPayment,
  readPayment,
  refusal,
  refusalData,
} from "./read_payment.ts";

/** What a provider's terminal works with. */
export interface AcceptJobOptions extends PaymentReader {
  /** Where jobs are looked up; the changes are committed by the receiver. */
  readonly store: Pick<Store, "getJobByEvent" | "freeJobId" | "placesTaken" | "sealedDebts">;
  /** Jobs that may be runnable or on their way into the store at once; one more packet is refused as `busy`. */
  readonly capacity: number;
}

const OWES =
  "results of yours wait here for their payment: no more are delivered before that, but jobs paid upfront";
const SHARE = "as many jobs of yours wait here as one buyer may have, try again later";

/** `job:` and the id of the request. */
function jobObligation(eventId: string): string {
  return `job:${eventId}`;
}

/** Makes the terminal. Held: the ids of the requests that are being taken in, at most 1,024. */
export function acceptJob(options: AcceptJobOptions): Terminal {
  const places = jobPlaces(options);
  return {
    async inspect(prepare): Promise<Inspection> {
      const read = await readOpenPayment(prepare, options);
      if ("reject" in read) return read;
      const priced = checkPrice(read.admission.priceUnits, prepare.amount, options.rules().asset);
      if (priced !== null) {
        return { reject: prepare.amount === 0n ? await quoted(read, priced, options) : priced };
      }
      const { id } = read.event;
      // Before a place is taken: one who cannot be paid for it takes none.
      if (await opening(prepare, read, options) === null) return wrongCondition();
      const obligation = jobObligation(id);
      const most = read.quote?.mode === "on-delivery"
        ? () => mayOwe(read.event.pubkey, options)
        : undefined;
      switch (await places.take(id, read.event.pubkey, most)) {
        case "known":
          return { obligation };
        case "full":
          return { reject: refusal("T03", "busy", "all places are in use, try again later") };
        case "share":
          return { reject: refusal("T03", "busy", most === undefined ? SHARE : OWES) };
        case "taken":
          return { obligation, release: () => places.release(id) };
      }
    },
    async effect(prepare, obligation): Promise<Effect> {
      // Once held it is judged by the time at which it was taken in: only what cannot change is looked at again.
      const read = readPayment(prepare, options, false);
      if ("reject" in read) return read;
      const { event, admission, bytes } = read;
      if (obligation !== jobObligation(event.id)) {
        return { reject: refusal("F99", "wrong_obligation", "the data is another request") };
      }
      const fulfilment = await opening(prepare, read, options);
      if (fulfilment === null) return wrongCondition();
      options.quoting?.paid(event.pubkey);
      const row = await options.store.getJobByEvent(event.id, "provider");
      const nowMs = options.clock();
      // What was promised: the run seals its result by it.
      const changes: Change[] = read.quote?.mode === "on-delivery"
        ? [quoteChange(event.id, read.quote.condition, read.signedQuote!, nowMs)]
        : [];
      if (read.quote?.mode === "metered" && !row?.jobPaid) {
        changes.push(meterChange(read.quote, "provider", nowMs, mostIncrements(read.quote)));
      }
      let jobId: string;
      if (row === null) {
        jobId = await options.store.freeJobId(event.id);
        const rules = options.rules();
        const made = providerRow(admission, bytes.slice(), jobId, true, rules, nowMs);
        changes.push({ op: "putJob", row: made, expect: "absent" });
      } else {
        jobId = row.jobId;
        if (isEnded(row.status) && !row.jobPaid) {
          return { reject: refusal("F99", "job_over", `the job was over before: ${row.status}`) };
        }
        if (!row.jobPaid) {
          const amountUnits = admission.priceUnits;
          const waiting = isUnpaid(row.status);
          changes.push({
            op: "patchJob",
            jobId,
            role: "provider",
            patch: {
              jobPaid: true,
              amountUnits,
              updatedAtMs: nowMs,
              ...(waiting ? { status: "paid" as const } : {}),
            },
          });
        }
      }
      const data = refusalData({
        job_id: jobId,
        event_id: event.id,
        paid_units: String(prepare.amount),
      });
      return { fulfilment, data, changes };
    },
  };
}

/** The refusal of an unpaid request with a quote in its data; without one where too many ask. */
async function quoted(
  { event, admission: { request, priceUnits } }: Payment,
  unpaid: TerminalReject,
  options: AcceptJobOptions,
): Promise<TerminalReject> {
  const { quoting } = options;
  if (quoting === undefined) return unpaid;
  const mode = wantedMode(event);
  const { incrementS } = options.rules().prices.find(({ kind }) => kind === event.kind) ?? {};
  if (mode === "metered" && (incrementS === undefined || !quoting.meters)) {
    return refusal("F99", "mode_not_offered", "such a job is not paid while it runs here");
  }
  if (mode === "on-delivery") {
    if (!quoting.sellsOnDelivery(priceUnits)) {
      return refusal("F99", "mode_not_offered", "such a job is not paid on delivery here");
    }
    if (await mayOwe(event.pubkey, options) === 0) return refusal("F99", "owes_payment", OWES);
  }
  const { expiresAtS } = request;
  const quote = await quoting.quote(event, { expiresAtS, priceUnits, mode, incrementS });
  if (quote === null) return refusal("T05", "too_many_questions", "too many ask for quotes now");
  const told = JSON.parse(new TextDecoder().decode(unpaid.data));
  return { ...unpaid, data: refusalData({ ...told, quote }) };
}

/** How many jobs this buyer may have here that are paid on delivery, beside those that wait for their payment now. */
async function mayOwe(buyer: string, { store, clock }: AcceptJobOptions): Promise<number> {
  return mayBeOwed(await store.sealedDebts(buyer, clock()));
}

function quoteChange(
  eventId: string,
  condition: string,
  signed: NostrEvent,
  atMs: number,
): Change {
  const quote = new TextEncoder().encode(JSON.stringify(signed));
  return { op: "putQuote", row: { eventId, quote, condition, atMs } };
}

function wrongCondition(): { readonly reject: TerminalReject } {
  return { reject: refusal("F05", "wrong_condition", "the condition is not this request's") };
}

function checkPrice(
  required: bigint,
  received: bigint,
  asset: Asset = UNITS,
): TerminalReject | null {
  if (received >= required) return null;
  const message = `the price is ${formatUnits(required, asset)}, ${
    formatUnits(received, asset)
  } came`;
  return {
    code: "F04",
    message,
    data: refusalData({
      code: "price_not_met",
      message,
      required: String(required),
      received: String(received),
      unit: "units",
    }),
  };
}
