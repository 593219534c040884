/**
 * Whether what was paid for is there to be seen, for payments to a peer that may not be asked again after expiry (docs/money.md#packets P4): a write
 * by the event on the relay, a job by what its provider published.
 *
 * @module
 */
import type { OutgoingPacketRow, Store } from "../store/store.ts";
import type { JobRow } from "../store/job_row.ts";
import type { RelayReader } from "./relay_questions.ts";

/** What can be seen of a payment; `unknown` is asked again. */
type Evidence = "found" | "not_found" | "unknown";

/** What the evidence is looked for in. */
interface EvidenceSources {
  readonly store: Pick<Store, "getJobByEvent">;
  readonly relay: Pick<RelayReader, "readBack">;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/** Looks for the effect of a payment. Rejects where store or relay reader are gone. */
export function packetEvidence(
  { store, relay, clock }: EvidenceSources,
): (packet: Pick<OutgoingPacketRow, "obligation">) => Promise<Evidence> {
  return async ({ obligation }) => {
    const [, purpose, eventId] = /^(write|job):([0-9a-f]{64})$/.exec(obligation) ?? [];
    if (purpose === "write") return SEEN[await relay.readBack(eventId)];
    if (purpose !== "job") return "unknown";
    const job = await store.getJobByEvent(eventId, "buyer");
    if (job === null) return "unknown";
    if (job.resultEventId !== null || WORKING.includes(job.status)) return "found";
    // A provider that was paid may take until then to say so.
    return clock() >= job.createdAtMs + job.timeoutS * 1_000 ? "not_found" : "unknown";
  };
}

const SEEN = { shown: "found", hidden: "not_found", unreadable: "unknown" } as const;
const WORKING: readonly JobRow["status"][] = ["processing", "partial", "success"];
