/**
 * What a home asks of its relay, and how the relay fails it: the words alone, so that whoever only asks loads no decoder.
 *
 * @module
 */
import { crossesPorts } from "../base/ports/error_classes.ts";
import type { VerifiedEvent } from "../protocols/nostr/event.ts";
import type { Announcement } from "./announcement.ts";
import type { Traffic } from "./traffic.ts";

/** What a relay says to a question for one event: it has it, it answers and has it not, or it does not answer. */
export type ReadBack = "shown" | "hidden" | "unreadable";

/** The relay as commands and prepareSink need it. Every value survives a structured clone. */
export interface RelayReader {
  /**
   * Free write over WebSocket. Throws {@link RelayReaderError} `refused` or `not_now` with the relay's words, RelayError when it
   * gave no answer or wants another identity.
   */
  publish(document: Uint8Array): Promise<void>;
  /** Throws `offline` when the relay does not answer, `denied` when it does not let us read. */
  reach(): Promise<void>;
  /** Whether the event can be read by its id; asks a few times, as a relay may index a moment later. */
  readBack(eventId: string): Promise<ReadBack>;
  /** The newest kind 10032 of that key, verified; null where the relay has none. Throws `offline`, `denied`. */
  peerInfo(pubkey: string): Promise<VerifiedEvent | null>;
  /**
   * Announcements (kind 31990) that serve one of the kinds, or any, by one provider or anybody; verified, the newest of each
   * provider. At most 2,000, the newest; a named provider is found however many others there are. Throws `offline`, `denied`.
   */
  announcements(kinds: readonly number[], provider?: string | null): Promise<Announcement[]>;
  /** Requests, results and feedback of jobs of these request kinds since then, for figures (traffic.ts). Throws `offline`, `denied`. */
  traffic(kinds: readonly number[], sinceS: number): Promise<Traffic>;
}

/** A question that the relay answered with no. */
export class RelayReaderError extends Error {
  /** The class, for errors that crossed a port. */
  override readonly name = "RelayReaderError";
  /** `refused`: the relay did not take the event; `not_now`: it may later. `denied`: it closed our question. `offline`: it does not answer. */
  readonly code: "refused" | "not_now" | "denied" | "offline";
  /** Makes a refusal with its code. */
  constructor(code: RelayReaderError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

crossesPorts(
  "RelayReaderError",
  ({ code, message }) => new RelayReaderError(code as RelayReaderError["code"], message),
);
