/**
 * Whether an event is taken in: what is cheap is checked first, the id is always computed anew, the signature comes last (MONEY 6).
 *
 * @module
 */
import { EventError, hasOwnId, type NostrEvent, parseEvent } from "../../protocols/nostr/event.ts";
import type { EventVerifier } from "../../protocols/nostr/verifier.ts";
import { decodeDocument, ToonError } from "../../protocols/toon/decode.ts";
import { classOfKind, expirationOf } from "./event_class.ts";
import type { EventStore, StoredEvent } from "./event_store.ts";
import type { RelayServerLimits } from "./limits.ts";

/** Why an event is not taken in. */
export type RefusalCode =
  | "too_large"
  | "malformed"
  | "blocked"
  | "expired"
  | "too_new"
  | "bad_id"
  | "deleted"
  | "superseded"
  | "bad_signature"
  | "not_stored";

/** What the checks say. `duplicate` is an event that is here already, whose signature was not looked at again. */
export type Admission =
  | { readonly result: "new" | "duplicate"; readonly stored: StoredEvent }
  | {
    readonly result: "refused";
    readonly code: RefusalCode;
    readonly message: string;
    /** The event, where one could be read; its id is only what it claims. */
    readonly event: NostrEvent | null;
  };

/** Ids and authors that the operator does not carry. */
export interface BlockList {
  readonly pubkeys?: readonly string[];
  readonly eventIds?: readonly string[];
}

/** What checking needs. */
export interface AdmissionDeps {
  readonly store: EventStore;
  readonly verifier: EventVerifier;
  readonly limits: RelayServerLimits;
  readonly blocked: BlockList;
  readonly clock: () => number;
}

/** Signatures that were found good lately, so that check and write of one event verify once. */
const REMEMBERED = 1_024;

/** The checks of one relay. */
export class AdmissionDesk {
  readonly #deps: AdmissionDeps;
  readonly #pubkeys: ReadonlySet<string>;
  readonly #eventIds: ReadonlySet<string>;
  readonly #good = new Set<string>();
  /** Ephemeral events are in no table, so the last ones are remembered here. */
  readonly #ephemeral = new Set<string>();

  /** A desk over one store. */
  constructor(deps: AdmissionDeps) {
    this.#deps = deps;
    this.#pubkeys = new Set(deps.blocked.pubkeys);
    this.#eventIds = new Set(deps.blocked.eventIds);
  }

  /** Checks a document, TOON or JSON by its own bytes. Has no effect. */
  check(raw: Uint8Array): Admission {
    const { limits, store, verifier } = this.#deps;
    if (raw.byteLength > limits.maxEventBytes) {
      return refused(
        "too_large",
        `the event has ${raw.byteLength} bytes, ${limits.maxEventBytes} are taken`,
      );
    }
    let event: NostrEvent;
    let encoding: "toon" | "json";
    try {
      const document = decodeDocument(raw);
      event = parseEvent(document.event);
      encoding = document.encoding;
    } catch (error) {
      if (!(error instanceof ToonError) && !(error instanceof EventError)) throw error;
      return refused("malformed", error.message);
    }
    const nowS = Math.floor(this.#deps.clock() / 1_000);
    const refusal = this.#policy(event, nowS);
    if (refusal !== null) return refusal;
    if (!hasOwnId(event)) {
      return refused("bad_id", "the id is not that of the event's content", event);
    }
    const stored: StoredEvent = { event, raw, encoding, json: jsonOf(event) };
    if (this.#ephemeral.has(event.id)) return { result: "duplicate", stored };
    const standing = store.standing(event);
    if (standing === "duplicate") return { result: "duplicate", stored };
    if (standing === "deleted") {
      return refused("deleted", "its author deleted this event", event);
    }
    if (standing === "superseded") {
      return refused("superseded", "a newer version of this event is here", event);
    }
    const proof = event.id + event.sig;
    if (!this.#good.has(proof)) {
      if (verifier.verify(event) !== "ok") {
        return refused("bad_signature", "the signature does not verify", event);
      }
      remember(this.#good, proof);
    }
    return { result: "new", stored };
  }

  /** An ephemeral event went out: the same one again is a duplicate. */
  sent(event: NostrEvent): void {
    remember(this.#ephemeral, event.id);
  }

  #policy(event: NostrEvent, nowS: number): Admission | null {
    const { limits } = this.#deps;
    if (this.#pubkeys.has(event.pubkey) || this.#eventIds.has(event.id)) {
      return refused("blocked", "this relay does not carry this author or event", event);
    }
    const expiresAtS = expirationOf(event);
    if (expiresAtS !== null && expiresAtS <= nowS) {
      return refused("expired", "the event has expired", event);
    }
    if (event.created_at > nowS + limits.maxAheadS) {
      return refused(
        "too_new",
        `created_at is more than ${limits.maxAheadS} seconds in the future`,
        event,
      );
    }
    // An ephemeral event is for those who listen now; an old one is nothing any more.
    if (classOfKind(event.kind) === "ephemeral" && event.created_at < nowS - limits.maxAheadS) {
      return refused("expired", "the ephemeral event is too old to be passed on", event);
    }
    return null;
  }
}

/** The event form that is sent: the seven fields and nothing that came beside them. */
function jsonOf(event: NostrEvent): string {
  const { id, pubkey, created_at, kind, tags, content, sig } = event;
  return JSON.stringify({ id, pubkey, created_at, kind, tags, content, sig });
}

function refused(
  code: RefusalCode,
  message: string,
  event: NostrEvent | null = null,
): Extract<Admission, { result: "refused" }> {
  return { result: "refused", code, message, event };
}

function remember(set: Set<string>, value: string): void {
  set.add(value);
  if (set.size > REMEMBERED) set.delete(set.values().next().value!);
}
