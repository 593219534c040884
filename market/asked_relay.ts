/**
 * Asks one relay questions for a home. Documents are verified here, so the caller gets only events with a valid signature.
 *
 * Every question has limits for events, bytes and time. At most 8 questions are open, and the others wait, because relays close questions
 * above their own limit.
 *
 * @module
 */
import { type NostrEvent, parseEvent } from "../protocols/nostr/event.ts";
import type { Filter } from "../protocols/nostr/filter.ts";
import type { EventVerifier } from "../protocols/nostr/verifier.ts";
import { decodeDocument } from "../protocols/toon/decode.ts";
import { questionsAtOnce } from "../peers/relay/questions_at_once.ts";
import type { RelayDocument, RelaySession } from "../peers/relay/relay_session.ts";
import { RelayReaderError } from "./relay_questions.ts";

const QUERY_MS = 5_000;
const MAX_BYTES = 4 * 1024 * 1024;
const AT_ONCE = 8;
/** Relays may return fewer events than asked for, but only few relays return fewer than this. */
const SMALL_PAGE = 10;

/** The events of an answer whose signatures are valid. `encodings` is in the order of `events`. */
interface Answer {
  readonly events: NostrEvent[];
  readonly encodings: RelayDocument["encoding"][];
  /** Whether the relay may have more events than these. */
  readonly more: boolean;
}

/**
 * Asks the relay once. `emptyMs`: how long to wait for events after an EOSE that came before any event. Throws {@link RelayReaderError}
 * `offline`, `denied`.
 */
export type Ask = (
  filters: readonly Filter[],
  maxEvents: number,
  emptyMs?: number,
) => Promise<Answer>;

/** Makes a function that asks over a session. It does not close the session. */
export function asking(
  session: Pick<RelaySession, "query" | "url">,
  verifier: () => Promise<EventVerifier>,
): Ask {
  const gate = questionsAtOnce(AT_ONCE);
  return async (filters, maxEvents, emptyMs) => {
    const { documents, ended, reason } = await gate(() =>
      session.query(filters, { timeoutMs: QUERY_MS, maxEvents, maxBytes: MAX_BYTES, emptyMs })
    );
    if (documents.length === 0 && ended !== "eose") {
      throw ended === "closed"
        ? new RelayReaderError(
          "denied",
          `relay ${session.url} does not let this home read: ${reason ?? "it gave no reason"}`,
        )
        : new RelayReaderError("offline", `relay ${session.url} does not answer (${ended})`);
    }
    const checker = await verifier();
    const events: NostrEvent[] = [];
    const encodings: RelayDocument["encoding"][] = [];
    for (const { bytes, encoding } of documents) {
      const event = read(bytes);
      if (event === null || checker.verify(event) !== "ok") continue;
      events.push(event);
      encodings.push(encoding);
    }
    // After a timeout there is no next page, because the relay is slow.
    const more = ended === "eose" ? documents.length >= SMALL_PAGE : ended.startsWith("max_");
    return { events, encodings, more };
  };
}

function read(bytes: Uint8Array): NostrEvent | null {
  try {
    return parseEvent(decodeDocument(bytes).event);
  } catch {
    return null;
  }
}
