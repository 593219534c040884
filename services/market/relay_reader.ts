/**
 * What a home asks of its relay beside a subscription: whether a paid write can be read back, who provides what, and, on plain
 * relays, a free write. Documents are verified here, so that the callers get facts and no foreign bytes.
 *
 * Holds one relay session; every question has bounds in events, bytes and time.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/89.md
 * @module
 */
import { type NostrEvent, parseEvent } from "../../protocols/nostr/event.ts";
import type { Filter } from "../../protocols/nostr/filter.ts";
import type { ReasonPrefix } from "../../protocols/nostr/reason.ts";
import { createVerifier, type EventVerifier } from "../../protocols/nostr/verifier.ts";
import { decodeDocument } from "../../protocols/toon/decode.ts";
import type { RelaySession } from "../relay/relay_session.ts";
import { type Announcement, parseAnnouncement } from "./announcement.ts";

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
  readBack(eventId: string): Promise<boolean>;
  /** Announcements (kind 31990) that serve one of the kinds, or any; verified, the newest of each provider. Throws `offline`, `denied`. */
  announcements(kinds: readonly number[]): Promise<Announcement[]>;
}

const ANNOUNCEMENT_KIND = 31_990;
/** What a relay says (NIP-01) when the same event may be taken another time. */
const NOT_NOW: readonly ReasonPrefix[] = ["rate-limited", "error"];
const READ_BACK_PAUSES_MS = [0, 50, 150, 500, 1_500, 3_000];
const QUERY_MS = 5_000;
const PUBLISH_MS = 10_000;

/** Makes a reader over a session, which it does not close. */
export function relayReader(
  session: Pick<RelaySession, "query" | "publish" | "url">,
  deps: { readonly sleep: (ms: number) => Promise<void> },
): RelayReader {
  let verifier: Promise<EventVerifier> | undefined;
  const verified = async (filters: readonly Filter[], maxEvents: number): Promise<NostrEvent[]> => {
    const { documents, ended, reason } = await session.query(filters, {
      timeoutMs: QUERY_MS,
      maxEvents,
      maxBytes: 4 * 1024 * 1024,
    });
    if (documents.length === 0 && ended !== "eose") {
      throw ended === "closed"
        ? new RelayReaderError(
          "denied",
          `relay ${session.url} does not let us read: ${reason ?? "it gave no reason"}`,
        )
        : new RelayReaderError("offline", `relay ${session.url} does not answer (${ended})`);
    }
    const checker = await (verifier ??= createVerifier());
    return documents.flatMap(({ bytes }) => {
      const event = read(bytes);
      return event && checker.verify(event) === "ok" ? [event] : [];
    });
  };

  return {
    async publish(document) {
      const event = parseEvent(decodeDocument(document).event);
      const { outcome, prefix, message } = await session.publish(event, { timeoutMs: PUBLISH_MS });
      if (outcome === "refused") {
        throw new RelayReaderError(
          NOT_NOW.includes(prefix) ? "not_now" : "refused",
          `relay ${session.url} refused the event: ${message || "it gave no reason"}`,
        );
      }
    },
    async reach() {
      await verified([{ kinds: [ANNOUNCEMENT_KIND], limit: 1 }], 1);
    },
    async readBack(eventId) {
      for (const pauseMs of READ_BACK_PAUSES_MS) {
        if (pauseMs > 0) await deps.sleep(pauseMs);
        const found = await verified([{ ids: [eventId], limit: 1 }], 4).catch(() => []);
        if (found.some((event) => event.id === eventId)) return true;
      }
      return false;
    },
    async announcements(kinds) {
      const filter: Filter = kinds.length === 0
        ? { kinds: [ANNOUNCEMENT_KIND], limit: 200 }
        : { kinds: [ANNOUNCEMENT_KIND], "#k": kinds.map(String), limit: 200 };
      const newest = new Map<string, NostrEvent>();
      for (const event of await verified([filter], 400)) {
        const held = newest.get(event.pubkey);
        if (!held || event.created_at > held.created_at) newest.set(event.pubkey, event);
      }
      return [...newest.values()].flatMap((event) => {
        try {
          return [parseAnnouncement(event)];
        } catch {
          return []; // Somebody's announcement in another form: it serves nobody here.
        }
      });
    },
  };
}

function read(bytes: Uint8Array): NostrEvent | null {
  try {
    return parseEvent(decodeDocument(bytes).event);
  } catch {
    return null;
  }
}

/** A question that the relay answered with no. */
export class RelayReaderError extends Error {
  override readonly name = "RelayReaderError";
  /** `refused`: the relay did not take the event; `not_now`: it may later. `denied`: it closed our question. `offline`: it does not answer. */
  readonly code: "refused" | "not_now" | "denied" | "offline";
  /** Makes a refusal with its code. */
  constructor(code: RelayReaderError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
