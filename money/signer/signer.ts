/**
 * What a signer promises (docs/money.md#keys): it holds the keys, has no network and no files, never signs a digest, and builds what it
 * signs itself from typed fields. Every value survives a structured clone, so a port may stand between.
 *
 * @module
 */
import type { EventTemplate, NostrEvent, UnsignedEvent } from "../../protocols/nostr/event.ts";
import type { CheckpointFields } from "../../protocols/nostr/journal_checkpoint.ts";
import type { WrappedMessage } from "./gift_wraps.ts";
import type { BuildFacts, BuildJob, Envelope } from "../../protocols/slsa/build_statement.ts";
import { SignerError } from "./signer_error.ts";

/** A claim to sign: an EIP-712 BalanceProof on one channel of one contract on one chain. */
export interface ClaimFields {
  /** A safe integer above zero. */
  readonly chainId: number;
  /** `0x` and 40 hex digits. */
  readonly tokenNetworkAddress: string;
  /** `0x` and 64 hex digits. */
  readonly channelId: string;
  /** Above the last one on this channel. */
  readonly nonce: number;
  /** Cumulative, base units. */
  readonly transferredAmount: bigint;
  /** What this claim adds for, checked against the ceiling per packet. */
  readonly packetAmount: bigint;
}

/** A signed claim and the sealed ledger snapshot that must be committed with it (W1). */
export interface SignedClaim {
  /** `0x` and 65 bytes: r, s (low), v (27 or 28). */
  readonly signature: string;
  /** Address of the payment key, `0x` and 40 lowercase hex digits. */
  readonly signerAddress: string;
  /** To be stored with the claim: a signer starts only from the newest. */
  readonly snapshot: { readonly counter: number; readonly sealed: Uint8Array };
}

/** Claims that were signed in one call, and the one snapshot that must be committed with them. */
export interface SignedClaims extends Omit<SignedClaim, "signature"> {
  /** Of the first claims, in their order. */
  readonly signatures: readonly string[];
  /** Why the next one was refused; nothing after it was looked at. Null where all were signed. */
  readonly refusal: Pick<SignerError, "code" | "message" | "above"> | null;
}

/** The signer as stages and services see it. */
export interface Signer {
  /** Public identities: the Nostr key (x-only hex) and the payment key's address. */
  identity(): Promise<{ readonly pubkey: string; readonly paymentAddress: string }>;
  /**
   * Computes the id and signs. Refuses an event whose pubkey is not its own (SignerError `foreign_pubkey`); of the answers key it signs
   * what proves it to a relay (NIP-42), and nothing else.
   */
  signEvents(events: readonly UnsignedEvent[]): Promise<NostrEvent[]>;
  /** Signs a claim; refuses a nonce at or below the last unless byte-equal, and anything above a ceiling. */
  signClaim(claim: ClaimFields): Promise<SignedClaim>;
  /**
   * The same for up to 1,024 claims, one after the other, up to the first that is refused: one change of the ledger and one snapshot
   * for all.
   */
  signClaims(claims: readonly ClaimFields[]): Promise<SignedClaims>;
  /**
   * Learns a claim that this very key signed and its ledger lost with a disk (docs/money.md#channels): the channel goes on above it. The signature
   * is checked, nothing is signed and nothing counts as spent again; one that is known or older changes nothing.
   */
  adoptClaim(
    claim: Omit<ClaimFields, "packetAmount"> & { readonly signature: string },
  ): Promise<SignedClaim["snapshot"]>;
  /** The last claim that was signed on a channel, also one that a crash kept from its caller; null where there is none. */
  lastClaim(fields: {
    readonly chainId: number;
    readonly tokenNetworkAddress: string;
    readonly channelId: string;
  }): Promise<
    {
      readonly nonce: number;
      readonly transferredAmount: bigint;
      readonly signature: string;
    } | null
  >;
  /** EIP-712 ClaimStateChallenge(channelId, expires): proves control of the channel's key to a peer. */
  signChallenge(fields: {
    readonly chainId: number;
    readonly tokenNetworkAddress: string;
    readonly channelId: string;
    readonly expiresS: number;
  }): Promise<{ readonly signature: string; readonly signerAddress: string }>;
  /**
   * Vouches for a place in this home's journal (protocols/nostr/journal_checkpoint.ts) with the Nostr key. The fields are typed and
   * under a tag of their own, so that the signature stands for no event.
   */
  signCheckpoint(fields: CheckpointFields): Promise<{
    /** BIP-340, 128 hex digits. */
    readonly signature: string;
    readonly pubkey: string;
  }>;
  /**
   * States what an image was built of (protocols/slsa/build_statement.ts) with the Nostr key. The signer writes the statement itself, with
   * its own key as the builder. Refuses fields that break their rules (SignerError `bad_field`).
   */
  signBuild(facts: BuildFacts, job: Omit<BuildJob, "provider">): Promise<Envelope>;
  /**
   * The packet's fulfilment on the `interledger` wire (docs/money.md#conditions): HMAC-SHA256(NIP-44 conversation key of this key and `peer`,
   * SHA-256(data)). The payer takes the condition of it, the terminal answers with it. 32 bytes each.
   */
  packetFulfilments(
    packets: readonly { readonly peer: string; readonly dataSha256: Uint8Array }[],
  ): Promise<Uint8Array[]>;
  /** NIP-44 encryption to a peer, and its inverse. */
  encrypt(peer: string, plaintext: string): Promise<string>;
  /** Inverse of {@link Signer.encrypt}. */
  decrypt(peer: string, payload: string): Promise<string>;
  /** The message in a gift wrap for this key (NIP-59), its author proved. Rejects with SignerError `bad_field`. */
  openWrap(wrap: NostrEvent): Promise<WrappedMessage>;
  /** A signed gift wrap of a message of this key, under a key of its own. */
  wrap(peer: string, message: EventTemplate): Promise<NostrEvent>;
  /** The key of this home for which answers to its private jobs are wrapped (docs/jobs.md#private-jobs). */
  answersKey(): Promise<string>;
  /** A text of at most 65,535 bytes in a gift wrap for one reader, under a key of its own. */
  wrapText(reader: string, text: string): Promise<NostrEvent>;
  /** The text in a gift wrap for this key or its answers key; its author is not proved. Rejects with SignerError `bad_field`. */
  openText(wrap: NostrEvent): Promise<string>;
}

/** Under which name the store keeps the snapshot of a payment key's ledger: one store may serve several wallets. */
export function snapshotName(paymentAddress: string): string {
  return `signer:${paymentAddress.toLowerCase()}`;
}
