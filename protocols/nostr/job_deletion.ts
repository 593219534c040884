/**
 * The event with which a buyer cancels a job: a deletion of its request, addressed to the provider, so that it stops.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/09.md
 * @module
 */
import type { UnsignedEvent } from "./event.ts";
import { DELETION_KIND } from "./kinds.ts";
import { asksPrivately } from "./private_job.ts";

/** The job that is cancelled. */
export interface CancelledJob {
  /** Id of the request. */
  readonly eventId: string;
  /** Kind of the request. */
  readonly kind: number;
  readonly buyer: string;
  /** Null while no provider is known. */
  readonly provider: string | null;
  readonly createdAtMs: number;
  readonly timeoutS: number;
  /** The request, byte for byte. */
  readonly request: Uint8Array;
}

/** The deletion of the job's request, dated `atMs`. For a private job it asks to be wrapped for the provider. */
export function jobDeletion(job: CancelledJob, atMs: number): UnsignedEvent {
  const { eventId, kind, buyer, provider, createdAtMs, timeoutS, request } = job;
  const deadlineS = Math.ceil(createdAtMs / 1000) + timeoutS;
  const nowS = Math.floor(atMs / 1000);
  return {
    kind: DELETION_KIND,
    created_at: nowS,
    tags: [
      ["e", eventId],
      ["k", String(kind)],
      ...(provider === null ? [] : [["p", provider]]),
      // After this time the provider stops without it.
      ["expiration", String(Math.max(deadlineS, nowS + MIN_LIFE_S))],
      ...provider !== null && asksPrivately(request) ? [["wrap", provider]] : [],
    ],
    content: "cancelled by its buyer",
    pubkey: buyer as UnsignedEvent["pubkey"],
  };
}

const MIN_LIFE_S = 60;
