/**
 * The terminal for the later increments of a metered job. A packet of amount 0 asks whether an increment is due: F04 means that it is due,
 * T99 that it is not due yet, F99 that it never will be. A payment is accepted only for the next increment, only when it is due, and only
 * while the job runs. All other packets go to the terminal beneath.
 *
 * @see docs/money.md#metered
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import type { Prepare } from "../protocols/ilp/packet.ts";
import { fulfils } from "../protocols/ilp/condition.ts";
import { isAnswered } from "../protocols/job_status.ts";
import { EventError } from "../protocols/nostr/event_error.ts";
import { type NostrEvent, parseEvent } from "../protocols/nostr/event.ts";
import {
  incrementObligation,
  IncrementOrderError,
  readIncrementOrder,
} from "../protocols/nostr/increment_order.ts";
import { INCREMENT_ORDER_KIND } from "../protocols/nostr/kinds.ts";
import type { EventVerifier } from "../protocols/nostr/verifier.ts";
import { decodeDocument, ToonError } from "../protocols/toon/decode.ts";
import { scanKind } from "../protocols/toon/kind_scanner.ts";
import type { Terminal, TerminalReject } from "../money/receiver/terminal.ts";
import type { Signer } from "../money/signer/signer.ts";
import type { JobRow } from "../store/job_row.ts";
import type { MeterRow } from "../store/meter_row.ts";
import type { Store } from "../store/store.ts";
import { messageOf } from "../base/thrown.ts";
import { owedIncrements } from "../protocols/nostr/metered.ts";
import { refusal, refusalData } from "./read_payment.ts";

/** What accepting increments needs. */
export interface MeterDeps {
  /** The provider's public key. */
  readonly pubkey: string;
  readonly store: Pick<Store, "meterOf" | "getJobByEvent">;
  readonly signer: Pick<Signer, "packetFulfilments">;
  readonly verifier: EventVerifier;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/** The increment that a packet would pay. */
interface Increment {
  readonly number: number;
  readonly meter: MeterRow;
  readonly job: JobRow;
}

export /** A refusal. */
type No = { readonly reject: TerminalReject };

const MAX_ORDER_BYTES = 2_048;
const OBLIGATION = "increment:";

/** Returns a terminal that accepts increments and passes all other packets to `beneath`. */
export function meterTerminal(beneath: Terminal, deps: MeterDeps): Required<Terminal> {
  return {
    isPure: beneath.isPure ?? false,
    asker: (prepare) => isMeterOrder(prepare.data) ? "job" : beneath.asker?.(prepare) ?? "stranger",
    async inspect(prepare) {
      if (!isMeterOrder(prepare.data)) return await beneath.inspect(prepare);
      const asked = await incrementOf(prepare, deps);
      if ("reject" in asked) return asked;
      const { number, meter, job } = asked;
      const obligation = incrementObligation(job.eventId, number);
      // A paid increment is answered from the row of its own packet.
      if (number <= meter.paid) return { obligation };
      const over = overOf(asked);
      if (over !== null) return over;
      const { incrementUnits } = meter;
      if (owedIncrements(meter) < number) {
        return no("T99", "not_due", `increment ${number} is not due yet`);
      }
      if (prepare.amount < incrementUnits) {
        return no(
          "F04",
          "price_not_met",
          `an increment costs ${incrementUnits} units, the packet has ${prepare.amount}`,
        );
      }
      return await opening(prepare, job.buyer, deps) === null ? wrongCondition() : { obligation };
    },
    async effect(prepare, obligation) {
      if (!obligation.startsWith(OBLIGATION)) return await beneath.effect(prepare, obligation);
      // The increment was due when the packet was held. Only the checks that end a job are repeated.
      const asked = await incrementOf(prepare, deps);
      if ("reject" in asked) return asked;
      const { number, meter, job } = asked;
      const over = number <= meter.paid ? null : overOf(asked);
      if (over !== null) return over;
      const fulfilment = await opening(prepare, job.buyer, deps);
      if (fulfilment === null) return wrongCondition();
      const atMs = deps.clock();
      return {
        fulfilment,
        data: refusalData({ event_id: job.eventId, increment: number }),
        changes: number <= meter.paid ? [] : [
          { op: "payIncrement", eventId: job.eventId, role: "provider", number, atMs },
          {
            op: "patchJob",
            jobId: job.jobId,
            role: "provider",
            patch: { amountUnits: job.amountUnits + meter.incrementUnits, updatedAtMs: atMs },
          },
        ],
      };
    },
  };
}

export function isMeterOrder(data: Uint8Array): boolean {
  if (data.length === 0 || data.length > MAX_ORDER_BYTES) return false;
  const scan = scanKind(data);
  return scan.ok && scan.kind === INCREMENT_ORDER_KIND;
}

/** The increment that this packet asks for, of a metered job of the packet's author. */
async function incrementOf(prepare: Prepare, deps: MeterDeps): Promise<Increment | No> {
  const found = await orderedBy(prepare, deps, readIncrementOrder);
  return "reject" in found ? found : { ...found, number: found.order.number };
}

/** What a packet orders, with the meter and the job of its author. `read` throws IncrementOrderError. */
export async function orderedBy<
  Order extends { readonly requestId: string; readonly provider: string },
>(
  { data }: Prepare,
  { pubkey, store, verifier }: MeterDeps,
  read: (event: NostrEvent) => Order,
): Promise<{ readonly order: Order; readonly meter: MeterRow; readonly job: JobRow } | No> {
  try {
    const event = parseEvent(decodeDocument(data).event);
    if (verifier.verify(event) !== "ok") {
      return no("F06", "bad_signature", "the order's id or signature is wrong");
    }
    const order = read(event);
    const { requestId, provider } = order;
    const [meter, job] = provider === pubkey
      ? await Promise.all([
        store.meterOf(requestId, "provider"),
        store.getJobByEvent(requestId, "provider"),
      ])
      : [null, null];
    if (meter === null || job === null || meter.party !== event.pubkey) {
      return no("F99", "no_meter", "you have no metered job at this provider");
    }
    return { order, meter, job };
  } catch (error) {
    const known = [EventError, ToonError, IncrementOrderError].some((each) =>
      error instanceof each
    );
    if (!known) throw error;
    return no("F06", "malformed", messageOf(error));
  }
}

/** Why the increment will never be accepted. Null if it can be. */
function overOf({ number, meter, job }: Increment): No | null {
  if (meter.state === "over" || isAnswered(job.status)) {
    return no("F99", "job_over", "the job has ended, so no more increments are paid");
  }
  if (number !== meter.paid + 1 || number > meter.most) {
    return no("F99", "out_of_order", `${meter.paid} of ${meter.most} increments are paid`);
  }
  return null;
}

/** The fulfilment, which only buyer and provider can compute from these bytes. Null if the condition does not match it. */
export async function opening(
  { data, condition }: Prepare,
  buyer: string,
  { signer }: MeterDeps,
): Promise<Uint8Array | null> {
  const [own] = await signer.packetFulfilments([{ peer: buyer, dataSha256: sha256(data) }]);
  return fulfils(own, condition) ? own : null;
}

export function wrongCondition(): No {
  return no("F05", "wrong_condition", "the condition does not match this order");
}

export function no(code: string, reason: string, message: string): No {
  return { reject: refusal(code, reason, message) };
}
