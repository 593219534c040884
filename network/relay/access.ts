/**
 * Authentication of clients (NIP-42), and what they may read: only authors and recipients may read events of private kinds.
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

/** A relay's rules about authentication. */
export interface AccessOptions {
  /** Whether a client must prove a key before it can read or write. Default: false. */
  readonly required?: boolean;
  /** Default: {@link DEFAULT_PRIVATE_KINDS}. */
  readonly privateKinds?: readonly number[];
  /** Other addresses under which clients know this relay, for example behind a proxy: `wss://relay.example.org`. */
  readonly publicUrls?: readonly string[];
}

/** The largest accepted difference between a client's clock and ours, in seconds. */
const MAX_SKEW_S = 600;

/** The rules of one relay. */
export class AccessRules {
  readonly required: boolean;
  readonly privateKinds: readonly number[];
  readonly #hosts = new Set<string>();

  /** Makes the rules from the options. */
  constructor(options: AccessOptions = {}) {
    this.required = options.required ?? false;
    this.privateKinds = options.privateKinds ?? DEFAULT_PRIVATE_KINDS;
    for (const url of options.publicUrls ?? []) this.addHost(url);
  }

  /** Accepts proofs that name this address. */
  addHost(url: string): void {
    this.#hosts.add(new URL(url).host);
  }

  /** Whether a proof names this relay. A proof for another relay, which that relay could replay here, is not accepted. */
  namesUs(relay: string | undefined): boolean {
    return relay !== undefined && URL.canParse(relay) && this.#hosts.has(new URL(relay).host);
  }

  /** Whether the filters name a private kind. */
  asksForPrivate(filters: readonly Filter[]): boolean {
    return filters.some(({ kinds }) => kinds?.some((kind) => this.privateKinds.includes(kind)));
  }
}

/** The keys that one connection proved. */
export class Access {
  readonly #rules: AccessRules;
  readonly #random: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array;
  readonly #pubkeys = new Set<string>();
  #challenge: string | null = null;
  #proofs = 0;

  /** Starts without a proved key. */
  constructor(
    rules: AccessRules,
    random: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array = (bytes) =>
      crypto.getRandomValues(bytes),
  ) {
    this.#rules = rules;
    this.#random = random;
  }

  /** The proved public keys. */
  get pubkeys(): ReadonlySet<string> {
    return this.#pubkeys;
  }

  /** Whether the client must prove a key before anything else. */
  get locked(): boolean {
    return this.#rules.required && this.#pubkeys.size === 0;
  }

  /** Why these filters are refused until the client proves a key. Null if they are not refused. */
  lockedTo(filters: readonly Filter[]): string | null {
    if (this.#pubkeys.size > 0) return null;
    if (this.locked) return "auth-required: prove a key first";
    return this.#rules.asksForPrivate(filters)
      ? "auth-required: only authors and recipients may read events of these kinds"
      : null;
  }

  /** The challenge. It is made at the first call; `isNew` is true then, because the client does not have it yet. */
  challenge(): { readonly challenge: string; readonly isNew: boolean } {
    const isNew = this.#challenge === null;
    this.#challenge ??= this.#random(new Uint8Array(16)).toHex();
    return { challenge: this.#challenge, isNew };
  }

  /** Checks a proof and adds its key. Returns null, or the reason of a refusal. */
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
