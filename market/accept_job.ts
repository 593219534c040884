/**
 * The terminal of a provider: it accepts paid PREPAREs whose data is the signed request. One commit stores the job's row and the payment
 * before the FULFILL is sent. So a paid job survives any crash, and it runs only after that commit.
 *
 * If the provider gives quotes, a packet of amount 0 is refused with a signed quote in the data. A payment may contain that quote. Then the
 * price and the condition of the quote apply.
 *
 * The data of a refusal is JSON: `{"code","message"}`. A refusal because of the price also has `{"required","received","unit"}`.
 *
 * @module
 */
import { type Asset, formatUnits, UNITS } from "../protocols/ilp/asset.ts";
import { isEnded, isUnpaid } from "../protocols/job_status.ts";
import type { NostrEvent } from "../protocols/nostr/event.ts";
import type { Prepare } from "../protocols/ilp/packet.ts";
import { isPrivate } from "../protocols/nostr/private_event.ts";
import { mergedFulfilments } from "../money/signer/merged_fulfilments.ts";
import type { Effect, Inspection, Terminal, TerminalReject } from "../money/receiver/terminal.ts";
import type { Change, Store } from "../store/store.ts";
import { providerRow } from "./admission.ts";
import { allowsMode } from "./announcement.ts";
import { jobPlaces } from "./job_places.ts";
import { mostIncrements } from "../protocols/nostr/job_quote.ts";
import { meterChange } from "../store/first_meter.ts";
import { mayBeOwed } from "./quotes/on_delivery.ts";
import { notOffered, OWES, quoteWish } from "./quote_wish.ts";
import {
  opening,
  type Payment,
  type PaymentReader,
  readOpenPayment,
  readPayment,
  refusal,
  refusalData,
  requestIn,
} from "./read_payment.ts";

/** What a provider's terminal needs. */
export interface AcceptJobOptions extends PaymentReader {
  /** The store where jobs are looked up. The receiver commits the changes. */
  readonly store: Pick<Store, "getJobByEvent" | "readTogether" | "placesTaken" | "sealedDebts">;
  /** The most jobs that may be runnable or on their way into the store. A packet beyond that is refused as `busy`. */
  readonly capacity: number;
  /** The kinds whose jobs start no process, and their own capacity, so that they and other jobs do not wait for each other's places. */
  readonly light?: { readonly kinds: readonly number[]; readonly capacity: number };
}

const PAUSED = "this provider takes no new jobs now, try again later";
const SHARE = "you have as many jobs here as one buyer may have, try again later";

/** `job:` and the id of the request. */
function jobObligation(eventId: string): string {
  return `job:${eventId}`;
}

/** What the inspection of a packet found, for its effect. `read` is null if it contains text that was decrypted for the inspection only. */
interface Inspected {
  readonly read: Payment | null;
  readonly fulfilment: Uint8Array;
}

/** Makes the terminal. Held: the ids of the requests that are being accepted, at most 1,024. */
export function acceptJob(given: AcceptJobOptions): Required<Terminal> {
  const signer = {
    decrypt: (peer: string, payload: string) => given.signer.decrypt(peer, payload),
    packetFulfilments: mergedFulfilments(given.signer),
  };
  const options = { ...given, signer };
  const { light = { kinds: [], capacity: 0 } } = options;
  const { kinds } = light;
  const places = jobPlaces(
    kinds.length === 0 ? options : { ...options, of: { kinds, others: true } },
  );
  const lightPlaces = jobPlaces({ ...options, ...light, of: { kinds, others: false } });
  const placesOf = (kind: number) => kinds.includes(kind) ? lightPlaces : places;
  /** What the inspection of a packet found. The entry lives as long as the packet. */
  const inspected = new WeakMap<Prepare, Inspected>();
  return {
    isPure: true,
    asker({ data }) {
      const buyer = requestIn(data)?.pubkey;
      return buyer !== undefined && options.quoting?.knows(buyer) ? "known" : "stranger";
    },
    async inspect(prepare): Promise<Inspection> {
      const read = await readOpenPayment(prepare, options);
      if ("reject" in read) return await paidBefore(prepare, options) ?? read;
      const priced = checkPrice(read.admission.priceUnits, prepare.amount, options.rules().asset);
      if (priced !== null) {
        return prepare.amount === 0n
          ? { reject: await quoted(read, prepare.destination, priced, options) }
          : await paidBefore(prepare, options) ?? { reject: priced };
      }
      const { id, kind } = read.event;
      // The owner may have changed the modes since a quote was signed. It keeps to its quotes.
      const price = options.rules().prices.find((price) => price.kind === kind);
      const isPriced = read.admission.priceUnits > 0n;
      if (isPriced && !read.quote && price !== undefined && !allowsMode(price, "upfront")) {
        const { code, message } = notOffered("upfront");
        return await paidBefore(prepare, options) ?? { reject: refusal("F99", code, message) };
      }
      // A payment whose condition cannot be fulfilled takes no place.
      const fulfilment = await opening(prepare, read, options);
      if (fulfilment === null) return wrongCondition();
      inspected.set(prepare, { read: isPrivate(read.event) ? null : read, fulfilment });
      const obligation = jobObligation(id);
      const most = read.quote?.mode === "on-delivery"
        ? () => mayOwe(read.event.pubkey, options)
        : undefined;
      switch (await placesOf(kind).take(id, read.event.pubkey, most)) {
        case "known":
          return { obligation };
        case "full":
          return { reject: refusal("T03", "busy", "all places are in use, try again later") };
        case "paused":
          return { reject: paused() };
        case "share":
          return { reject: refusal("T03", "busy", most === undefined ? SHARE : OWES) };
        case "taken":
          return { obligation, release: () => placesOf(kind).release(id) };
      }
    },
    async effect(prepare, obligation): Promise<Effect> {
      // The packet was checked in full when it was accepted. After a restart, only checks that do not depend on time are repeated.
      const before = inspected.get(prepare);
      const read = before?.read ?? readPayment(prepare, options, false);
      if ("reject" in read) return read;
      const { event, admission, bytes } = read;
      if (obligation !== jobObligation(event.id)) {
        return { reject: refusal("F99", "wrong_obligation", "the data contains another request") };
      }
      const [fulfilment, [row, freeJobId]] = await Promise.all([
        before?.fulfilment ?? opening(prepare, read, options),
        options.store.readTogether(
          ["getJobByEvent", event.id, "provider"],
          ["freeJobId", event.id],
        ),
      ]);
      if (fulfilment === null) return wrongCondition();
      options.quoting?.paid(event.pubkey);
      const nowMs = options.clock();
      // The run seals its result under the condition of this quote.
      const changes: Change[] = read.quote?.mode === "on-delivery"
        ? [quoteChange(event.id, read.quote.condition, read.signedQuote!, nowMs)]
        : [];
      if (read.quote?.mode === "metered" && !row?.jobPaid) {
        changes.push(meterChange(read.quote, "provider", nowMs, mostIncrements(read.quote)));
      }
      let jobId: string;
      if (row === null) {
        jobId = freeJobId;
        const rules = options.rules();
        const made = providerRow(admission, bytes.slice(), jobId, true, rules, nowMs);
        changes.push({ op: "putJob", row: made, expect: "absent" });
      } else {
        jobId = row.jobId;
        if (isEnded(row.status) && !row.jobPaid) {
          return { reject: refusal("F99", "job_over", `the job has already ended: ${row.status}`) };
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

/**
 * The obligation of a request that was paid before, although its payment would be refused now: its quote or the request has expired, or the
 * price has changed. Its payer gets the earlier answer. Null if it was not paid.
 */
async function paidBefore(
  { amount, data }: Prepare,
  { verifier, store }: Pick<AcceptJobOptions, "verifier" | "store">,
): Promise<Inspection | null> {
  const event = amount === 0n ? null : requestIn(data);
  if (event === null || verifier.verify(event) !== "ok") return null;
  const row = await store.getJobByEvent(event.id, "provider");
  return row?.jobPaid ? { obligation: jobObligation(event.id) } : null;
}

/** The refusal of an unpaid request, with a quote in its data. While too many buyers ask for quotes, the refusal has no quote. */
async function quoted(
  { event, admission }: Payment,
  askedAt: string,
  unpaid: TerminalReject,
  options: AcceptJobOptions,
): Promise<TerminalReject> {
  const { quoting } = options;
  if (quoting === undefined) return unpaid;
  if ((await options.store.placesTaken([], 0)).paused) return paused();
  const { store, clock } = options;
  const rules = options.rules();
  const wish = await quoteWish(event, admission, { rules, offers: quoting, store, nowMs: clock() });
  if ("code" in wish) return refusal("F99", wish.code, wish.message);
  const quote = await quoting.quote(event, { ...wish, askedAt });
  if (quote === null) {
    return refusal(
      "T05",
      "too_many_questions",
      "too many buyers ask for quotes now, try again later",
    );
  }
  const told = JSON.parse(new TextDecoder().decode(unpaid.data));
  return { ...unpaid, data: refusalData({ ...told, quote }) };
}

/** The most jobs on delivery that this buyer may have here in addition to those that wait for their payment. */
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

/** The code of a provider that is full, so that buyers ask another. */
function paused(): TerminalReject {
  return refusal("T03", "busy", PAUSED);
}

function wrongCondition(): { readonly reject: TerminalReject } {
  return { reject: refusal("F05", "wrong_condition", "the condition does not match this request") };
}

function checkPrice(
  required: bigint,
  received: bigint,
  asset: Asset = UNITS,
): TerminalReject | null {
  if (received >= required) return null;
  const message = `the price is ${formatUnits(required, asset)}, but ${
    formatUnits(received, asset)
  } was paid`;
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
