/**
 * Who a client is (NIP-42) and what it may read: events of private kinds go to their authors and to those they are addressed to.
 *
 * A connection holds one challenge and at most `maxProofs` public keys.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/42.md
 * @module
 */
import { AUTH_KIND } from "../../protocols/nostr/kinds.ts";
import { type NostrEvent, tagValue } from "../../protocols/nostr/event.ts";
import { hasOwnId } from "../../protocols/nostr/event_id.ts";
import type { Filter } from "../../protocols/nostr/filter.ts";
import type { VerifyEvents } from "./verify_lane.ts";

/** Encrypted direct messages (NIP-04) and gift wraps (NIP-59). */
const DEFAULT_PRIVATE_KINDS: readonly number[] = [4, 1_059];

/** What a relay asks of its clients. */
export interface AccessOptions {
  /** Nothing is read or written before the client proved a key. Default false. */
  readonly required?: boolean;
  /** Default {@link DEFAULT_PRIVATE_KINDS}. */
  readonly privateKinds?: readonly number[];
  /** Other addresses under which clients know this relay, e.g. behind a proxy: `wss://relay.example.org`. */
  readonly publicUrls?: readonly string[];
}

/** How far the clock of a client may be off. */
const MAX_SKEW_S = 600;

/** The rules of one relay. */
export class AccessRules {
  readonly required: boolean;
  readonly privateKinds: readonly number[];
  readonly #hosts = new Set<string>();

  /** Rules as the options say. */
  constructor(options: AccessOptions = {}) {
    this.required = options.required ?? false;
    this.privateKinds = options.privateKinds ?? DEFAULT_PRIVATE_KINDS;
    for (const url of options.publicUrls ?? []) this.addHost(url);
  }

  /** A proof that names this address is taken. */
  addHost(url: string): void {
    this.#hosts.add(new URL(url).host);
  }

  /** Whether a proof is made out to this relay: one for another relay, passed on by it, must not open anything here. */
  namesUs(relay: string | undefined): boolean {
    return relay !== undefined && URL.canParse(relay) && this.#hosts.has(new URL(relay).host);
  }

  /** Whether the filters ask for a private kind by name. */
  asksForPrivate(filters: readonly Filter[]): boolean {
    return filters.some(({ kinds }) => kinds?.some((kind) => this.privateKinds.includes(kind)));
  }
}

/** What one connection proved. */
export class Access {
  readonly #rules: AccessRules;
  readonly #random: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array;
  readonly #pubkeys = new Set<string>();
  #challenge: string | null = null;
  #proofs = 0;

  /** Nothing yet. */
  constructor(
    rules: AccessRules,
    random: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array = (bytes) =>
      crypto.getRandomValues(bytes),
  ) {
    this.#rules = rules;
    this.#random = random;
  }

  /** The keys that were proved. */
  get pubkeys(): ReadonlySet<string> {
    return this.#pubkeys;
  }

  /** Whether the client must prove a key before anything else. */
  get locked(): boolean {
    return this.#rules.required && this.#pubkeys.size === 0;
  }

  /** Why these filters are not answered before the client proved a key, or null. */
  lockedTo(filters: readonly Filter[]): string | null {
    if (this.#pubkeys.size > 0) return null;
    if (this.locked) return "auth-required: prove a key first";
    return this.#rules.asksForPrivate(filters)
      ? "auth-required: these kinds are served to those they are addressed to"
      : null;
  }

  /** The challenge, made when it is first needed; `isNew` says that the client does not know it yet. */
  challenge(): { readonly challenge: string; readonly isNew: boolean } {
    const isNew = this.#challenge === null;
    this.#challenge ??= this.#random(new Uint8Array(16)).toHex();
    return { challenge: this.#challenge, isNew };
  }

  /** Takes a proof; gives null, or why not. */
  async prove(
    event: NostrEvent,
    nowMs: number,
    maxProofs: number,
    verify: VerifyEvents,
  ): Promise<string | null> {
    if (++this.#proofs > maxProofs) return "rate-limited: too many proofs on this connection";
    if (event.kind !== AUTH_KIND) return `invalid: a proof has kind ${AUTH_KIND}`;
    if (this.#challenge === null || tagValue(event, "challenge") !== this.#challenge) {
      return "invalid: the challenge is not this connection's";
    }
    if (!this.#rules.namesUs(tagValue(event, "relay"))) {
      return "invalid: the proof is for another relay";
    }
    if (Math.abs(event.created_at - nowMs / 1_000) > MAX_SKEW_S) {
      return `invalid: created_at is more than ${MAX_SKEW_S} seconds from now`;
    }
    if (!hasOwnId(event)) return "invalid: the id is not that of the event's content";
    const [verdict] = await verify([event]);
    if (verdict !== "ok") return "invalid: the signature does not verify";
    this.#pubkeys.add(event.pubkey);
    return null;
  }

  /** Whether the client may read this event. */
  maySee(event: NostrEvent): boolean {
    return !this.#rules.privateKinds.includes(event.kind) || this.#pubkeys.has(event.pubkey) ||
      event.tags.some(([name, value]) =>
        name === "p" && value !== undefined && this.#pubkeys.has(value)
      );
  }
}
