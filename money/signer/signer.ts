/**
 * The interface of a signer (docs/money.md#keys). It holds the keys, has no network and no files, never signs a given digest, and builds
 * everything that it signs from typed fields. Every value survives a structured clone, so it can be used over a port.
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
  /** Higher than the last nonce on this channel. */
  readonly nonce: number;
  /** The cumulative amount in base units. */
  readonly transferredAmount: bigint;
  /** The amount of the packet of this claim, which the ceiling for each packet limits. */
  readonly packetAmount: bigint;
  /** The amounts of the packets that the claim covers, each limited in the same way. At most 63. Absent: it covers none. */
  readonly covers?: readonly bigint[];
}

/** A signed claim and the sealed ledger snapshot that must be committed with it (write 1). */
export interface SignedClaim {
  /** `0x` and 65 bytes: r, s (low), v (27 or 28). */
  readonly signature: string;
  /** Address of the payment key, `0x` and 40 lowercase hex digits. */
  readonly signerAddress: string;
  /** The snapshot to store with the claim. A signer starts only from the newest. */
  readonly snapshot: { readonly counter: number; readonly sealed: Uint8Array };
}

/** The claims that one call signed, and the snapshot that must be committed with them. */
export interface SignedClaims extends Omit<SignedClaim, "signature"> {
  /** The signatures of the first claims, in their order. */
  readonly signatures: readonly string[];
  /** Why the next claim was refused; claims after it were not checked. Null if all were signed. */
  readonly refusal: Pick<SignerError, "code" | "message" | "above"> | null;
}

/** The signer for stages and services. */
export interface Signer {
  /** Public identities: the Nostr key (x-only hex) and the payment key's address. */
  identity(): Promise<{ readonly pubkey: string; readonly paymentAddress: string }>;
  /**
   * Computes the ids and signs. Refuses an event with another pubkey (SignerError `foreign_pubkey`). With the answers key it signs only the
   * proof for a relay (NIP-42).
   */
  signEvents(events: readonly UnsignedEvent[]): Promise<NostrEvent[]>;
  /** Signs a claim. Refuses a nonce at or below the last one, unless the claim is identical, and any amount above a ceiling. */
  signClaim(claim: ClaimFields): Promise<SignedClaim>;
  /**
   * Signs up to 1,024 claims in order, up to the first that is refused. All of them make one change of the ledger and one snapshot.
   */
  signClaims(claims: readonly ClaimFields[]): Promise<SignedClaims>;
  /**
   * Adopts a claim that this key signed and that the ledger lost with a disk (docs/money.md#channels). The channel continues above it. The
   * signature is checked, nothing is signed, and nothing counts as spent again. A known or older claim changes nothing.
   */
  adoptClaim(
    claim: Omit<ClaimFields, "packetAmount" | "covers"> & { readonly signature: string },
  ): Promise<SignedClaim["snapshot"]>;
  /** The last signed claim of a channel, including one that was lost in a crash. Null if there is none. */
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
   * Signs a checkpoint of this home's journal (protocols/nostr/journal_checkpoint.ts) with the Nostr key. The fields are typed and hashed
   * under their own tag, so the signature is not valid for any event.
   */
  signCheckpoint(fields: CheckpointFields): Promise<{
    /** BIP-340, 128 hex digits. */
    readonly signature: string;
    readonly pubkey: string;
  }>;
  /**
   * Signs a statement about what an image was built from (protocols/slsa/build_statement.ts) with the Nostr key. The signer writes the
   * statement itself, with its own key as the builder. Refuses invalid fields (SignerError `bad_field`).
   */
  signBuild(facts: BuildFacts, job: Omit<BuildJob, "provider">): Promise<Envelope>;
  /**
   * The packets' fulfilments on the `interledger` wire (docs/money.md#conditions), 32 bytes each: HMAC-SHA256(NIP-44 conversation key of
   * this key and `peer`, SHA-256(data)). The payer derives the condition from it, and the terminal answers with it.
   */
  packetFulfilments(
    packets: readonly { readonly peer: string; readonly dataSha256: Uint8Array }[],
  ): Promise<Uint8Array[]>;
  /** NIP-44 encryption to a peer. */
  encrypt(peer: string, plaintext: string): Promise<string>;
  /** Inverse of {@link Signer.encrypt}. */
  decrypt(peer: string, payload: string): Promise<string>;
  /** The message in a gift wrap for this key (NIP-59), with a proven author. Rejects with SignerError `bad_field`. */
  openWrap(wrap: NostrEvent): Promise<WrappedMessage>;
  /** A signed gift wrap of a message of this key, under a new key. */
  wrap(peer: string, message: EventTemplate): Promise<NostrEvent>;
  /** The key of this home for which answers to its private jobs are wrapped (docs/jobs.md#private-jobs). */
  answersKey(): Promise<string>;
  /** A text of at most 65,535 bytes in a gift wrap for one reader, under a new key. */
  wrapText(reader: string, text: string): Promise<NostrEvent>;
  /** The text in a gift wrap for this key or its answers key. Its author is not proven. Rejects with SignerError `bad_field`. */
  openText(wrap: NostrEvent): Promise<string>;
}

/** The name under which the store keeps the ledger snapshot of a payment key. One store may serve several wallets. */
export function snapshotName(paymentAddress: string): string {
  return `signer:${paymentAddress.toLowerCase()}`;
}
