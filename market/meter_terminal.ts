/**
 * Where a provider is paid for the later increments of a job that is paid while it runs. A packet of amount 0 asks whether an increment
 * is due: F04 says that it is, T99 that it is not yet, F99 that it never will be. A payment is taken only for the next increment, only
 * when it is due, and only while the job is not over. Every other packet is the terminal's beneath.
 *
 * @see docs/money.md#metered
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import type { Prepare } from "../protocols/ilp/packet.ts";
import { fulfils } from "../protocols/ilp/condition.ts";
import { isAnswered } from "../protocols/job_status.ts";
import { EventError } from "../protocols/nostr/event_error.ts";
import { parseEvent } from "../protocols/nostr/event.ts";
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
import { begunIncrements } from "../protocols/nostr/metered.ts";
import { refusal, refusalData } from "./read_payment.ts";

/** What increments are taken with. */
interface MeterDeps {
  /** Own key. */
  readonly pubkey: string;
  readonly store: Pick<Store, "meterOf" | "getJobByEvent">;
  readonly signer: Pick<Signer, "packetFulfilments">;
  readonly verifier: EventVerifier;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/** What a packet would pay. */
interface Increment {
  readonly number: number;
  readonly meter: MeterRow;
  readonly job: JobRow;
}

type No = { readonly reject: TerminalReject };

const MAX_ORDER_BYTES = 2_048;
const OBLIGATION = "increment:";

/** Takes increments before `beneath`. */
export function meterTerminal(beneath: Terminal, deps: MeterDeps): Terminal {
  return {
    async inspect(prepare) {
      if (!isOrder(prepare.data)) return await beneath.inspect(prepare);
      const asked = await incrementOf(prepare, deps);
      if ("reject" in asked) return asked;
      const { number, meter, job } = asked;
      const obligation = incrementObligation(job.eventId, number);
      // What was paid is answered from its own packet.
      if (number <= meter.paid) return { obligation };
      const over = overOf(asked);
      if (over !== null) return over;
      const { seconds, usedMs, incrementUnits } = meter;
      if (begunIncrements(usedMs, seconds) < number) {
        return no("T99", "not_due", `increment ${number} is not due yet`);
      }
      if (prepare.amount < incrementUnits) {
        return no(
          "F04",
          "price_not_met",
          `an increment costs ${incrementUnits} units, ${prepare.amount} came`,
        );
      }
      return await opening(prepare, job.buyer, deps) === null ? wrongCondition() : { obligation };
    },
    async effect(prepare, obligation) {
      if (!obligation.startsWith(OBLIGATION)) return await beneath.effect(prepare, obligation);
      // It was due when it was held: only what ends a job is looked at again.
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

function isOrder(data: Uint8Array): boolean {
  if (data.length === 0 || data.length > MAX_ORDER_BYTES) return false;
  const scan = scanKind(data);
  return scan.ok && scan.kind === INCREMENT_ORDER_KIND;
}

/** What this packet asks for: an increment of a metered job of its author. */
async function incrementOf(
  { data }: Prepare,
  { pubkey, store, verifier }: MeterDeps,
): Promise<Increment | No> {
  try {
    const event = parseEvent(decodeDocument(data).event);
    if (verifier.verify(event) !== "ok") return no("F06", "bad_signature", "it is not signed");
    const { requestId, provider, number } = readIncrementOrder(event);
    const [meter, job] = provider === pubkey
      ? await Promise.all([
        store.meterOf(requestId, "provider"),
        store.getJobByEvent(requestId, "provider"),
      ])
      : [null, null];
    if (meter === null || job === null || meter.party !== event.pubkey) {
      return no("F99", "no_meter", "no job of yours is metered here");
    }
    return { number, meter, job };
  } catch (error) {
    const known = [EventError, ToonError, IncrementOrderError].some((each) =>
      error instanceof each
    );
    if (!known) throw error;
    return no("F06", "malformed", messageOf(error));
  }
}

/** Why the increment is never taken; null where it may be. */
function overOf({ number, meter, job }: Increment): No | null {
  if (meter.state === "over" || isAnswered(job.status)) {
    return no("F99", "job_over", "the job is over: no more is paid for it");
  }
  if (number !== meter.paid + 1 || number > meter.most) {
    return no("F99", "out_of_order", `${meter.paid} of ${meter.most} increments are paid`);
  }
  return null;
}

/** What only buyer and provider can compute of these bytes; null where the condition is another. */
async function opening(
  { data, condition }: Prepare,
  buyer: string,
  { signer }: MeterDeps,
): Promise<Uint8Array | null> {
  const [own] = await signer.packetFulfilments([{ peer: buyer, dataSha256: sha256(data) }]);
  return fulfils(own, condition) ? own : null;
}

function wrongCondition(): No {
  return no("F05", "wrong_condition", "the condition is not this order's");
}

function no(code: string, reason: string, message: string): No {
  return { reject: refusal(code, reason, message) };
}
