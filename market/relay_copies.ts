/**
 * Writes events to relays of others, free and over WebSocket: what is sent to somebody is written where that key reads (NIP-65, NIP-17).
 *
 * Each relay gets its own connection for this one write. It is not asked twice, and no proof of this home's identity (NIP-42) is sent to it:
 * a stranger's relay learns an address and the event.
 *
 * @module
 */
import { codeOf, messageOf } from "../base/thrown.ts";
import { type NostrEvent, parseEvent } from "../protocols/nostr/event.ts";
import { decodeDocument } from "../protocols/toon/decode.ts";
import type { RelaySession } from "../peers/relay/relay_session.ts";

/** The most relays of one key to which an event is written. NIP-17 and NIP-65 ask keys to name few. */
export const MOST_COPIES = 3;

/** How long one relay may take for everything, in milliseconds. */
const WRITE_MS = 10_000;

/** The most characters of a relay's reason that are kept. It decides how long its words are, and they are shown and logged. */
const REASON_CHARS = 200;

/** Codes of a relay that answered, but not with OK. */
const REFUSALS: readonly string[] = ["auth_required", "auth_refused", "noticed"];

/** The outcome of the write at one relay. Survives a structured clone. */
export interface CopyAnswer {
  /** Its address. */
  readonly relayUrl: string;
  /** `accepted`: it has the events. `refused`: it does not take one of them. `offline`: it gave no answer. */
  readonly state: "accepted" | "refused" | "offline";
  /** Why not, in the relay's words or in this home's. Null if it was accepted. */
  readonly reason: string | null;
}

/** Writes to relays of others. */
export interface RelayCopies {
  /**
   * Writes the events to each of these relays, all at once. The caller has checked that this home may connect to the addresses
   * (usable_relays.ts). Returns an answer for each relay, in their order; at most {@link MOST_COPIES} are tried. `isAwaited`: a person
   * waits for the answers, so this write goes before others that wait.
   */
  write(
    relayUrls: readonly string[],
    documents: readonly Uint8Array[],
    isAwaited?: boolean,
  ): Promise<CopyAnswer[]>;
}

/** Makes the writer. `open` opens a session without a signer. */
export function relayCopies(
  open: (url: string) => Pick<RelaySession, "publish" | "onStatus" | "status" | "close">,
): RelayCopies {
  return {
    async write(relayUrls, documents) {
      const events = documents.map((bytes) => parseEvent(decodeDocument(bytes).event));
      return await Promise.all(
        relayUrls.slice(0, MOST_COPIES).map(async (url) => {
          const answer = await writeAt(url, events);
          return { ...answer, reason: answer.reason?.slice(0, REASON_CHARS) ?? null };
        }),
      );
    },
  };

  async function writeAt(relayUrl: string, events: readonly NostrEvent[]): Promise<CopyAnswer> {
    const gone = Promise.withResolvers<CopyAnswer>();
    const offline = (reason: string): CopyAnswer => ({ relayUrl, state: "offline", reason });
    let session: ReturnType<typeof open>;
    try {
      session = open(relayUrl);
    } catch (error) {
      return offline(messageOf(error));
    }
    try {
      // A session tries to connect again and again; a copy is tried once.
      const look = ({ state, reason }: ReturnType<typeof session.status>) => {
        if (state === "offline") gone.resolve(offline(reason ?? "it cannot be reached"));
      };
      session.onStatus(look);
      look(session.status());
      return await Promise.race([gone.promise, publishAll(session, relayUrl, events)]);
    } catch (error) {
      const state = REFUSALS.includes(codeOf(error) ?? "") ? "refused" : "offline";
      return { relayUrl, state, reason: messageOf(error) };
    } finally {
      session.close();
    }
  }

  async function publishAll(
    session: ReturnType<typeof open>,
    relayUrl: string,
    events: readonly NostrEvent[],
  ): Promise<CopyAnswer> {
    const outcomes = await Promise.all(
      events.map((event) => session.publish(event, { timeoutMs: WRITE_MS })),
    );
    const refusal = outcomes.find(({ outcome }) => outcome === "refused");
    return refusal === undefined
      ? { relayUrl, state: "accepted", reason: null }
      : { relayUrl, state: "refused", reason: refusal.message || "it gave no reason" };
  }
}
