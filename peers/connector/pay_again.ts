/**
 * Sends a refused payment again as a new packet for the same obligation, at most three times, if the code of the refusal allows it or
 * if only the packet's claim was refused.
 *
 * @module
 */
import { pause } from "../../base/pause.ts";
import { fulfils } from "../../protocols/ilp/condition.ts";
import { retryDecision } from "../../protocols/ilp/errors.ts";
import type { Fulfill } from "../../protocols/ilp/packet.ts";
import type { PacketOutcome, Refused } from "../../money/claims/outcome.ts";
import type { PacketCodec } from "../../money/claims/packet_link.ts";
import type { PayRequest } from "../../money/payer/payment_entry.ts";
import type { Store } from "../../store/store.ts";
import type { Timers } from "../../base/timers.ts";

/** What a retry needs. */
interface PayAgainDeps {
  readonly timers: Timers;
  readonly codec: PacketCodec;
  /** Whether another attempt is allowed. At a peer that keeps no credit, each refused attempt costs its amount. */
  readonly mayRetry: () => boolean | Promise<boolean>;
  /** Has the packets that were sent for the obligation before, also by earlier processes, whose data may have differed. */
  readonly store: Pick<Store, "outgoingByObligation">;
}

/**
 * Calls `pay` until the payment is fulfilled, unknown or finally refused, or was repeated three times. A code that requires another price
 * ends the retries: only the caller knows its own price.
 */
export async function payAgain(
  pay: () => Promise<PacketOutcome>,
  request: Pick<PayRequest, "obligation" | "condition">,
  deps: PayAgainDeps,
  signal?: AbortSignal,
): Promise<PacketOutcome> {
  for (let retries = 0;; retries++) {
    const outcome = await pay();
    if (outcome.state !== "refused" || outcome.local) return outcome;
    const decision = retryDecision(outcome.code, retries, outcome.ofClaim);
    if (decision.retry === "final") {
      return await earlier(outcome, request, deps) ?? outcome;
    }
    if (decision.retry === "own_price" || !await deps.mayRetry()) return outcome;
    await pause(decision.delayMs, signal, deps.timers);
    if (signal?.aborted) return outcome;
  }
}

/**
 * A refusal `already paid` whose data holds a FULFILL with the preimage of one of our conditions is a receipt: an earlier packet paid this
 * obligation. Null for any other refusal.
 */
async function earlier(
  refused: Refused,
  { obligation, condition }: Pick<PayRequest, "obligation" | "condition">,
  { codec, store }: Pick<PayAgainDeps, "codec" | "store">,
): Promise<PacketOutcome | null> {
  if (refused.code !== "F99" || refused.message !== "already paid") return null;
  const receipt = receiptIn(refused.data, codec);
  if (receipt === null) return null;
  const sent = await store.outgoingByObligation(obligation).catch(() => []);
  if (![{ condition }, ...sent].some((own) => fulfils(receipt.fulfilment, own.condition))) {
    return null;
  }
  return {
    state: "fulfilled",
    fulfilment: receipt.fulfilment,
    data: receipt.data,
    packet: { channelId: "", nonce: 0, amount: 0n },
    alreadyPaid: true,
  };
}

function receiptIn(data: Uint8Array, codec: PacketCodec): Fulfill | null {
  try {
    const packet = codec.decodePacket(data);
    return packet.type === "fulfill" ? packet : null;
  } catch {
    return null;
  }
}
