/**
 * FR19: a refused payment is tried again as a new packet for the same obligation, as its code says, at most three times.
 *
 * @module
 */
import { fulfils } from "../../protocols/ilp/condition.ts";
import { retryDecision } from "../../protocols/ilp/errors.ts";
import type { PacketOutcome, Refused } from "../../money/claims/outcome.ts";
import type { PacketCodec } from "../../money/claims/packet_link.ts";
import type { Timers } from "../../base/timers.ts";

/** What the retries ask before they spend. */
interface PayAgainDeps {
  readonly timers: Timers;
  readonly codec: PacketCodec;
  /** Whether a peer that keeps no credit may cost this much more. */
  readonly mayRetry: () => boolean;
}

/**
 * Calls `pay` until it is fulfilled, unknown, final or was tried three times. A code that asks for another price is final here:
 * only the caller knows its own price.
 */
export async function payAgain(
  pay: () => Promise<PacketOutcome>,
  condition: Uint8Array,
  deps: PayAgainDeps,
  signal?: AbortSignal,
): Promise<PacketOutcome> {
  for (let retries = 0;; retries++) {
    const outcome = await pay();
    if (outcome.state !== "refused" || outcome.local) return outcome;
    const decision = retryDecision(outcome.code, retries);
    if (decision.retry === "final") {
      return earlier(outcome, condition, deps.codec) ?? outcome;
    }
    if (decision.retry === "own_price" || !deps.mayRetry()) return outcome;
    if (!await pause(decision.delayMs, deps.timers, signal)) return outcome;
  }
}

/** `already paid` with a preimage that opens our condition is a receipt: an earlier packet of ours paid this obligation. */
function earlier(
  refused: Refused,
  condition: Uint8Array,
  codec: PacketCodec,
): PacketOutcome | null {
  if (refused.code !== "F99" || refused.message !== "already paid") return null;
  try {
    const packet = codec.decodePacket(refused.data);
    if (packet.type !== "fulfill" || !fulfils(packet.fulfilment, condition)) {
      return null;
    }
    return {
      state: "fulfilled",
      fulfilment: packet.fulfilment,
      data: packet.data,
      packet: { channelId: "", nonce: 0, amount: 0n },
      alreadyPaid: true,
    };
  } catch {
    return null;
  }
}

function pause(
  ms: number,
  timers: Timers,
  signal?: AbortSignal,
): Promise<boolean> {
  if (signal?.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const onAbort = () => {
      cancel();
      resolve(false);
    };
    const cancel = timers.after(ms, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve(true);
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
