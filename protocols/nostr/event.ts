/**
 * Nostr events as NIP-01 defines them: shapes, ids and their checks. Pure.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/01.md
 * @module
 */

/** 64 lowercase hex digits, a SHA-256 event id, made only by a function that checked or computed it. */
export type EventId = string & { readonly __eventId: unique symbol };

/** 64 lowercase hex digits, an x-only secp256k1 public key. */
export type Pubkey = string & { readonly __pubkey: unique symbol };

/** What an author writes before the key is known. */
export interface EventTemplate {
  readonly kind: number;
  readonly created_at: number;
  readonly tags: readonly (readonly string[])[];
  readonly content: string;
}

/** A template with its author: everything the id is made of. */
export interface UnsignedEvent extends EventTemplate {
  readonly pubkey: Pubkey;
}

/** A whole NIP-01 event. Having the type says nothing about the signature: that is {@link VerifiedEvent}. */
export interface NostrEvent extends UnsignedEvent {
  readonly id: EventId;
  readonly sig: string;
}

/** An event whose id was recomputed and whose signature was checked in this process. */
export type VerifiedEvent = NostrEvent & { readonly __verified: unique symbol };
