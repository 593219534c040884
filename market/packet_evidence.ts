/**
 * Looks for the effect of a payment to a peer that may not be asked again after expiry (docs/money.md#packets P4). The effect of a write is
 * the event on the relay; the effect of a job is what its provider published.
 *
 * @module
 */
import { showsPayment } from "../protocols/job_status.ts";
import type { OutgoingPacketRow, Store } from "../store/store.ts";
import type { RelayReader } from "./relay_questions.ts";

/** The effect of a payment, as far as it can be seen. `unknown` is asked again. */
type Evidence = "found" | "not_found" | "unknown";

/** Where the effect is looked for. */
interface EvidenceSources {
  readonly store: Pick<Store, "getJobByEvent">;
  readonly relay: Pick<RelayReader, "readBack">;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/** Looks for the effect of a payment. Rejects if the store or the relay reader is closed. */
export function packetEvidence(
  { store, relay, clock }: EvidenceSources,
): (packet: Pick<OutgoingPacketRow, "obligation">) => Promise<Evidence> {
  return async ({ obligation }) => {
    const [, purpose, eventId] = /^(write|job):([0-9a-f]{64})$/.exec(obligation) ?? [];
    if (purpose === "write") return SEEN[await relay.readBack(eventId)];
    if (purpose !== "job") return "unknown";
    const job = await store.getJobByEvent(eventId, "buyer");
    if (job === null) return "unknown";
    if (job.resultEventId !== null || showsPayment(job.status)) return "found";
    // A paid provider has until the job's deadline to publish something.
    return clock() >= job.createdAtMs + job.timeoutS * 1_000 ? "not_found" : "unknown";
  };
}

const SEEN = { shown: "found", hidden: "not_found", unreadable: "unknown" } as const;
