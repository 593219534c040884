/**
 * The terminal that sells the keys to a provider's sealed results. The data of a PREPARE is the buyer's signed order, its condition is the
 * hash of the key, and the FULFILL is the key. Only the buyer of the job can buy the key. A late payment counts too. A sold key is given
 * again to the same order in a packet of amount 0, because the buyer may have lost the answer. All other packets go to the terminal beneath.
 *
 * @module
 */
import type { Prepare } from "../protocols/ilp/packet.ts";
import { EventError } from "../protocols/nostr/event_error.ts";
import { parseEvent } from "../protocols/nostr/event.ts";
import { DELIVERY_ORDER_KIND } from "../protocols/nostr/kinds.ts";
import {
  deliveryObligation,
  readDeliveryOrder,
  SealedError,
} from "../protocols/nostr/sealed_result.ts";
import type { EventVerifier } from "../protocols/nostr/verifier.ts";
import { decodeDocument, ToonError } from "../protocols/toon/decode.ts";
import { scanKind } from "../protocols/toon/kind_scanner.ts";
import type { Terminal, TerminalReject } from "../money/receiver/terminal.ts";
import type { Signer } from "../money/signer/signer.ts";
import type { SealedRow } from "../store/sealed_row.ts";
import type { Store } from "../store/store.ts";
import { messageOf } from "../base/thrown.ts";
import { deliveryKey } from "./quotes/quote_offers.ts";
import { refusal, refusalData } from "./read_payment.ts";

/** What the sale of keys needs. */
interface DeliverDeps {
  /** The provider's public key. */
  readonly pubkey: string;
  readonly store: Pick<Store, "sealedOf" | "getJobByEvent">;
  readonly signer: Pick<Signer, "packetFulfilments">;
  readonly verifier: EventVerifier;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

const MAX_ORDER_BYTES = 2_048;
const OBLIGATION = deliveryObligation("");

/** Returns a terminal that sells keys and passes all other packets to `beneath`. */
export function deliverResult(beneath: Terminal, deps: DeliverDeps): Required<Terminal> {
  return {
    isPure: beneath.isPure ?? false,
    asker: (prepare) => beneath.asker?.(prepare) ?? "stranger",
    async inspect(prepare) {
      if (!isOrder(prepare.data)) return await beneath.inspect(prepare);
      const sale = await saleOf(prepare, deps);
      return "reject" in sale ? sale : { obligation: deliveryObligation(sale.eventId) };
    },
    async effect(prepare, obligation) {
      if (!obligation.startsWith(OBLIGATION)) return await beneath.effect(prepare, obligation);
      const sale = await saleOf(prepare, deps);
      if ("reject" in sale) return sale;
      const { eventId } = sale;
      const job = await deps.store.getJobByEvent(eventId, "provider");
      const amountUnits = (job?.amountUnits ?? 0n) + sale.restUnits;
      const updatedAtMs = deps.clock();
      return {
        fulfilment: await deliveryKey(deps.signer, deps.pubkey, eventId),
        data: refusalData({ event_id: eventId, paid_units: String(prepare.amount) }),
        changes: sale.state !== "waiting" ? [] : [
          { op: "settleSealed", eventId, role: "provider", state: "sold", key: null },
          ...job === null ? [] : [{
            op: "patchJob" as const,
            jobId: job.jobId,
            role: "provider" as const,
            patch: { amountUnits, updatedAtMs },
          }],
        ],
      };
    },
  };
}

function isOrder(data: Uint8Array): boolean {
  if (data.length === 0 || data.length > MAX_ORDER_BYTES) return false;
  const scan = scanKind(data);
  return scan.ok && scan.kind === DELIVERY_ORDER_KIND;
}

/** What this packet buys. The answer does not depend on the time, so a held packet is fulfilled after any crash. */
async function saleOf(
  { data, amount, condition }: Prepare,
  { pubkey, store, verifier }: DeliverDeps,
): Promise<SealedRow | { readonly reject: TerminalReject }> {
  const no = (code: string, reason: string, message: string) => ({
    reject: refusal(code, reason, message),
  });
  try {
    const event = parseEvent(decodeDocument(data).event);
    if (verifier.verify(event) !== "ok") {
      return no("F06", "bad_signature", "the order's id or signature is wrong");
    }
    const order = readDeliveryOrder(event);
    const sale = order.provider === pubkey
      ? await store.sealedOf(order.requestId, "provider")
      : null;
    if (sale === null || sale.party !== event.pubkey) {
      return no("F99", "nothing_to_deliver", "this provider has no sealed result for you");
    }
    if (order.condition !== sale.condition || condition.toHex() !== sale.condition) {
      return no("F05", "wrong_condition", "the condition does not match this result");
    }
    if (amount < sale.restUnits && !(amount === 0n && sale.state === "sold")) {
      return no(
        "F04",
        "price_not_met",
        `the key costs ${sale.restUnits} units, the packet has ${amount}`,
      );
    }
    return sale;
  } catch (error) {
    const known = [EventError, ToonError, SealedError].some((each) => error instanceof each);
    if (!known) throw error;
    return no("F06", "malformed", messageOf(error));
  }
}
