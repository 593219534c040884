/**
 * Decides whether the relay accepts an event. Cheap checks come first, the id is always recomputed, and the signature is checked last
 * (docs/money.md#sessions).
 *
 * @module
 */
import { AUTH_KIND, DELETION_KIND } from "../../protocols/nostr/kinds.ts";
import { type NostrEvent, parseEvent } from "../../protocols/nostr/event.ts";
import { hasOwnId } from "../../protocols/nostr/event_id.ts";
import { EventError } from "../../protocols/nostr/event_error.ts";
import { decodeDocument, ToonError } from "../../protocols/toon/decode.ts";
import { classOfKind, expirationOf } from "./event_class.ts";
import type { EventStore, StoredEvent } from "./event_store.ts";
import type { RelayServerLimits } from "./limits.ts";
import type { VerifyLane } from "./verify_lane.ts";

/** Why an event is refused. */
type RefusalCode =
  | "too_large"
  | "malformed"
  | "too_many_tags"
  | "blocked"
  | "expired"
  | "too_new"
  | "bad_id"
  | "deleted"
  | "superseded"
  | "bad_signature"
  | "protected"
  | "not_stored";

/** The result of the checks. `duplicate`: the relay has the event already, and its signature was not checked again. */
type Admission =
  | { readonly result: "new" | "duplicate"; readonly stored: StoredEvent }
  | {
    readonly result: "refused";
    readonly code: RefusalCode;
    readonly message: string;
    /** The event; null if it could not be read. Its id may be false. */
    readonly event: NostrEvent | null;
  };

/** A decoded event, with its received bytes and their encoding. */
export interface ReceivedEvent {
  readonly event: NostrEvent;
  readonly raw: Uint8Array;
  readonly encoding: "toon" | "json";
}

/** The refusal of an event. */
export type Refusal = Extract<Admission, { result: "refused" }>;

/** Ids and authors that the operator blocks. */
export interface BlockList {
  readonly pubkeys?: readonly string[];
  readonly eventIds?: readonly string[];
}

/** What the checks need. */
interface AdmissionDeps {
  readonly store: EventStore;
  readonly verifier: VerifyLane;
  readonly limits: RelayServerLimits;
  readonly blocked: BlockList;
  readonly clock: () => number;
}

const NOBODY: ReadonlySet<string> = new Set();

/** How many sent ephemeral events are remembered, so that none is sent twice. */
const REMEMBERED = 1_024;

/** The checks of one relay. */
export class AdmissionCheck {
  readonly #deps: AdmissionDeps;
  readonly #pubkeys: ReadonlySet<string>;
  readonly #eventIds: ReadonlySet<string>;
  /** Events with a correct id. A document that is first checked and then written is serialized only once. */
  readonly #sound = new WeakMap<ReceivedEvent, StoredEvent>();
  /** The ids of the last ephemeral events, because no table has them. */
  readonly #ephemeral = new Set<string>();

  /** Checks the events for one store. */
  constructor(deps: AdmissionDeps) {
    this.#deps = deps;
    this.#pubkeys = new Set(deps.blocked.pubkeys);
    this.#eventIds = new Set(deps.blocked.eventIds);
  }

  /** Decodes a document, or refuses it. Its bytes show whether it is TOON or JSON. */
  read(raw: Uint8Array): ReceivedEvent | Refusal {
    const { maxEventBytes } = this.#deps.limits;
    if (raw.byteLength > maxEventBytes) {
      return refused(
        "too_large",
        `the event has ${raw.byteLength} bytes, at most ${maxEventBytes} are accepted`,
      );
    }
    try {
      const { event, encoding } = decodeDocument(raw, { maxBytes: maxEventBytes });
      return { event: parseEvent(event), raw, encoding };
    } catch (error) {
      if (!(error instanceof ToonError) && !(error instanceof EventError)) throw error;
      return refused("malformed", error.message);
    }
  }

  /** Checks a decoded event, without any effect. `proved` are the keys that the sender proved. */
  async check(
    received: ReceivedEvent,
    proved: ReadonlySet<string> = NOBODY,
  ): Promise<Admission> {
    const screened = this.#screen(received, proved);
    if (screened.result !== "unverified") return screened;
    const { stored, stored: { event } } = screened;
    if (await this.#deps.verifier.verdict(event) !== "ok") {
      return refused("bad_signature", "the signature does not verify", event);
    }
    return { result: "new", stored };
  }

  /** All checks that are cheaper than that of the signature. */
  #screen(
    received: ReceivedEvent,
    proved: ReadonlySet<string>,
  ): Admission | { readonly result: "unverified"; readonly stored: StoredEvent } {
    const { event, raw } = received;
    const refusal = this.#policy(event, raw, proved);
    if (refusal !== null) return refusal;
    const stored = this.#sound.get(received) ?? this.#withOwnId(received);
    if (stored === null) {
      return refused("bad_id", "the id is not that of the event's content", event);
    }
    if (this.#ephemeral.has(event.id)) return { result: "duplicate", stored };
    switch (this.#deps.store.standing(event)) {
      case "duplicate":
        return { result: "duplicate", stored };
      case "deleted":
        return refused("deleted", "its author deleted this event", event);
      case "superseded":
        return refused("superseded", "a newer version of this event is here", event);
      case "new":
        return { result: "unverified", stored };
    }
  }

  #withOwnId(received: ReceivedEvent): StoredEvent | null {
    const { event, raw, encoding } = received;
    if (!hasOwnId(event)) return null;
    const stored: StoredEvent = { event, raw, encoding, json: jsonOf(event) };
    this.#sound.set(received, stored);
    return stored;
  }

  /** Marks an ephemeral event as sent. False if it was sent before. */
  sends(event: NostrEvent): boolean {
    if (this.#ephemeral.has(event.id)) return false;
    remember(this.#ephemeral, event.id);
    return true;
  }

  #policy(
    event: NostrEvent,
    raw: Uint8Array,
    proved: ReadonlySet<string>,
  ): Refusal | null {
    const { limits, clock } = this.#deps;
    const nowS = Math.floor(clock() / 1_000);
    if (raw.byteLength > limits.maxEventBytes) {
      return refused("too_large", `the event has more than ${limits.maxEventBytes} bytes`, event);
    }
    if (event.tags.length > limits.maxEventTags) {
      return refused("too_many_tags", `an event has at most ${limits.maxEventTags} tags`, event);
    }
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
    if (event.kind === AUTH_KIND) {
      return refused("not_stored", "an authentication event is never stored", event);
    }
    if (
      event.kind === DELETION_KIND && !event.tags.some(([name]) => name === "e" || name === "a")
    ) {
      return refused("malformed", "a deletion names no event (e) and no address (a)", event);
    }
    if (event.tags.some(([name]) => name === "-") && !proved.has(event.pubkey)) {
      return refused("protected", "only its author may publish this event", event);
    }
    // An ephemeral event is only for current subscribers, so an old one is refused.
    if (classOfKind(event.kind) === "ephemeral" && event.created_at < nowS - limits.maxAheadS) {
      return refused("expired", "the ephemeral event is too old to be passed on", event);
    }
    return null;
  }
}

/** The JSON that readers get: the seven fields of the event, without any other received field. */
function jsonOf(event: NostrEvent): string {
  const { id, pubkey, created_at, kind, tags, content, sig } = event;
  return JSON.stringify({ id, pubkey, created_at, kind, tags, content, sig });
}

function refused(
  code: RefusalCode,
  message: string,
  event: NostrEvent | null = null,
): Refusal {
  return { result: "refused", code, message, event };
}

function remember(set: Set<string>, value: string): void {
  set.add(value);
  if (set.size > REMEMBERED) set.delete(set.values().next().value!);
}
