/**
 * Where a provider's payments end: a paid PREPARE whose data is the signed request. The job's row and the payment are one
 * commit, before FULFILL goes out; so a job that was paid is there after any crash, and runs once it is there.
 *
 * Refusals carry JSON in their data: `{"code","message"}`, and for a price `{"required","received","unit"}` beside it.
 *
 * @module
 */
import { type Asset, formatUnits, UNITS } from "../protocols/ilp/asset.ts";
import { sha256 } from "@noble/hashes/sha2.js";
import { contentOpening, fulfils } from "../protocols/ilp/condition.ts";
import { type Prepare } from "../protocols/ilp/packet.ts";
import { type NostrEvent, parseEvent } from "../protocols/nostr/event.ts";
import { EventError } from "../protocols/nostr/event_error.ts";
import type { EventVerifier } from "../protocols/nostr/verifier.ts";
import { decodeDocument, ToonError } from "../protocols/toon/decode.ts";
import type { Effect, Inspection, Terminal, TerminalReject } from "../money/receiver/terminal.ts";
import type { Signer } from "../money/signer/signer.ts";
import type { Change, Store } from "../store/store.ts";
import { isEnded, isUnpaid } from "../protocols/job_status.ts";
import { type Admission, type AdmissionRules, admit, providerRow } from "./admission.ts";
import { InputError } from "./packing/input_error.ts";
import { isPrivate } from "../protocols/nostr/private_event.ts";
import { jobPlaces } from "./job_places.ts";
import { openRequest } from "./private_request.ts";

/** What a provider's terminal works with. */
export interface AcceptJobOptions {
  /** Asked for each packet, so that prices and lists may change while it runs. */
  readonly rules: () => AdmissionRules;
  /** Where jobs are looked up; the changes are committed by the receiver. */
  readonly store: Pick<Store, "getJobByEvent" | "freeJobId" | "placesTaken">;
  /** Makes the fulfilment. */
  readonly signer: Pick<Signer, "packetFulfilments" | "decrypt">;
  /** Checks id and signature of the request. */
  readonly verifier: EventVerifier;
  /** Jobs that may be runnable or on their way into the store at once; one more packet is refused as `busy`. */
  readonly capacity: number;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

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
      const read = await readOpen(prepare, options);
      if ("reject" in read) return read;
      const priced = checkPrice(read.admission.priceUnits, prepare.amount, options.rules().asset);
      if (priced !== null) return { reject: priced };
      const { id } = read.event;
      // Before a place is taken: one who cannot be paid for it takes none.
      if (await opening(prepare, read.event, options) === null) return wrongCondition();
      const obligation = jobObligation(id);
      switch (await places.take(id, read.event.pubkey)) {
        case "known":
          return { obligation };
        case "full":
          return { reject: reject("T03", "busy", "all places are in use, try again later") };
        case "share":
          return { reject: reject("T03", "busy", SHARE) };
        case "taken":
          return { obligation, release: () => places.release(id) };
      }
    },
    async effect(prepare, obligation): Promise<Effect> {
      // Once held it is judged by the time at which it was taken in: only what cannot change is looked at again.
      const read = readRequest(prepare, options, false);
      if ("reject" in read) return read;
      const { event, admission } = read;
      if (obligation !== jobObligation(event.id)) {
        return { reject: reject("F99", "wrong_obligation", "the data is another request") };
      }
      const fulfilment = await opening(prepare, event, options);
      if (fulfilment === null) return wrongCondition();
      const row = await options.store.getJobByEvent(event.id, "provider");
      const nowMs = options.clock();
      const changes: Change[] = [];
      let jobId: string;
      if (row === null) {
        jobId = await options.store.freeJobId(event.id);
        const rules = options.rules();
        const made = providerRow(admission, prepare.data.slice(), jobId, true, rules, nowMs);
        changes.push({ op: "putJob", row: made, expect: "absent" });
      } else {
        jobId = row.jobId;
        if (isEnded(row.status) && !row.jobPaid) {
          return { reject: reject("F99", "job_over", `the job was over before: ${row.status}`) };
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
      const data = json({ job_id: jobId, event_id: event.id, paid_units: String(prepare.amount) });
      return { fulfilment, data, changes };
    },
  };
}

type Read =
  | {
    readonly event: NostrEvent;
    readonly admission: Extract<Admission, { priceUnits: bigint }>;
  }
  | { readonly reject: TerminalReject };

function readRequest(prepare: Prepare, options: AcceptJobOptions, timely = true): Read {
  let event: NostrEvent;
  try {
    event = parseEvent(decodeDocument(prepare.data).event);
  } catch (error) {
    if (!(error instanceof EventError || error instanceof ToonError)) throw error;
    return { reject: reject("F06", "malformed", `the data is not a request: ${error.message}`) };
  }
  const verdict = options.verifier.verify(event);
  if (verdict !== "ok") {
    return { reject: reject("F06", verdict, "the request's id or signature is wrong") };
  }
  // A request that was in time when it was held stays so.
  const nowMs = timely ? options.clock() : event.created_at * 1000;
  const admission = admit(event, prepare.data.length, options.rules(), nowMs);
  if ("fault" in admission) {
    return { reject: reject("F99", admission.fault, admission.message) };
  }
  return { event, admission };
}

/** The same, and what was encrypted to us is looked at before anything is paid for it. */
async function readOpen(prepare: Prepare, options: AcceptJobOptions): Promise<Read> {
  const read = readRequest(prepare, options);
  if ("reject" in read || !isPrivate(read.event)) return read;
  try {
    const open = await openRequest(read.event, options.signer);
    const size = prepare.data.length;
    const admission = admit(read.event, size, options.rules(), options.clock(), open);
    return "fault" in admission
      ? { reject: reject("F99", admission.fault, admission.message) }
      : { event: read.event, admission };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { reject: reject("F99", error.code, error.message) };
  }
}

/** What opens the condition, or null: on the crosstown wire the content does, else only this provider. */
async function opening(
  { data, condition }: Prepare,
  { pubkey }: NostrEvent,
  { signer }: Pick<AcceptJobOptions, "signer">,
): Promise<Uint8Array | null> {
  const content = contentOpening(data, condition);
  if (content !== null) return content;
  const [own] = await signer.packetFulfilments([{ peer: pubkey, dataSha256: sha256(data) }]);
  return fulfils(own, condition) ? own : null;
}

function wrongCondition(): { readonly reject: TerminalReject } {
  return { reject: reject("F05", "wrong_condition", "the condition is not this request's") };
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
    data: json({
      code: "price_not_met",
      message,
      required: String(required),
      received: String(received),
      unit: "units",
    }),
  };
}

function reject(code: string, reason: string, message: string): TerminalReject {
  return { code, message, data: json({ code: reason, message }) };
}

function json(value: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
