/**
 * What prepareSink needs of a packet before it is sent and after it was answered.
 *
 * @module
 */
import type { PacketOutcome } from "../peers/connector/connector_client.ts";
import type { PacketAbout } from "../store/store.ts";
import type { SinkOutcome } from "./prepare_sink_services.ts";
import type { Item, StageContext } from "./stage.ts";

/** The longest time of setTimeout. */
export const MAX_WAIT_MS = 2 ** 31 - 1;

/** What the journal will say of the packet. */
export function aboutOf({ bytes, known }: Item): PacketAbout {
  return {
    jobId: known.job_id === undefined ? null : String(known.job_id),
    provider: known.purpose === "job" && typeof known.terminal === "string" ? known.terminal : null,
    kind: typeof known.kind === "number" ? known.kind : null,
    bytes: known.purpose === "job" ? null : bytes.length,
  };
}

/**
 * How long a document may wait for the connector or the relay: until it expires if it belongs to a job. Other documents (announcements)
 * wait for half of that time, so that they are still useful when they are sent, or are replaced by their successor.
 */
export function patienceMs(item: Item, nowMs: number): number {
  const { expires_at: expiresAt, job_id: jobId } = item.known;
  if (expiresAt === undefined) return MAX_WAIT_MS;
  const leftMs = Number(expiresAt) * 1000 - nowMs;
  return jobId === undefined ? leftMs / 2 : leftMs;
}

/** The document's outcome from the packet's. */
export function told(
  outcome: PacketOutcome,
  amount: bigint,
  obligation: string,
  context: StageContext,
): SinkOutcome {
  switch (outcome.state) {
    case "fulfilled": {
      // A receipt for an earlier packet whose row was removed names no amount; the amount is that of this packet.
      const units = outcome.packet.nonce === 0 ? amount : outcome.packet.amount;
      context.log("info", "FULFILL", { obligation, amount_units: units });
      return { state: "done", units, detail: "fulfilled", fulfilment: outcome.fulfilment };
    }
    case "refused": {
      const { code, message, triggeredBy } = outcome;
      // Peers may refuse without a reason, but the job stores only this text.
      const reason = message.trim() === ""
        ? `${triggeredBy || "the connector"} refused the packet and gave no reason`
        : message;
      context.log("warn", "REJECT", { obligation, code, reason, by: triggeredBy });
      return outcome.ofClaim
        ? { state: "refused", code, message: reason, ofClaim: true }
        : refused(code, reason);
    }
    case "unknown":
      context.log("warn", "outcome unknown", { obligation, reason: outcome.reason });
      return { state: "unknown", code: "unknown", message: outcome.reason };
  }
}

/** A refusal. */
export function refused(code: string, message: string): SinkOutcome {
  return { state: "refused", code, message };
}

/** A refusal from a thrown error. */
export function refusedBy(error: Error & { code?: string }): SinkOutcome {
  return refused(error.code ?? "relay_failed", error.message);
}
