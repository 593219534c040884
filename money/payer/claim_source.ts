/**
 * Where a payer's claims come from: the signer for a channel, or nowhere for a peer that keeps balances by itself.
 *
 * @module
 */
import type { AboveCeiling } from "../signer/above_ceiling.ts";
import { snapshotName } from "../signer/signer.ts";
import { asAddress } from "../../protocols/evm/address.ts";
import { asChannelId } from "../../protocols/evm/channel_id.ts";
import { encodeClaim } from "../../protocols/evm/claim.ts";
import type { Chain } from "../evm/chain.ts";
import { reached } from "../../base/crash_point.ts";
import type { Signer } from "../signer/signer.ts";
import type { Timers } from "../../base/timers.ts";

/** What may be signed for, as the chain confirms it. */
interface ClaimCapacity {
  /** Our confirmed deposit; null where the peer knows no claims. */
  readonly depositUnits: bigint | null;
  readonly open: boolean;
}

/** What a claim is signed for. */
export interface ClaimFigures {
  readonly nonce: number;
  /** Base units. */
  readonly cumulative: bigint;
  /** What the packet carries. */
  readonly amount: bigint;
}

/** Claims as they go on the wire, and the signer's snapshot that is committed with them. */
export interface IssuedClaims {
  /** Of the first figures, in their order; one is empty where the peer knows no claims. */
  readonly claims: readonly Uint8Array[];
  /** Why the next one was refused by the signer; nothing after it was signed. Null where all were. */
  readonly refusal: {
    readonly code: string;
    readonly message: string;
    /** The figures of a `ceiling`, so that it can be told in the asset. */
    readonly above?: AboveCeiling | null;
  } | null;
  /** Null where nothing was signed. */
  readonly snapshot: {
    readonly name: string;
    readonly counter: number;
    readonly sealed: Uint8Array;
  } | null;
}

/** The last claim that was signed on a channel, also one that a crash kept from us. */
interface LastClaim {
  readonly nonce: number;
  readonly cumulative: bigint;
}

/** Signs one channel's claims. */
export interface ClaimSource {
  /** Confirmed facts, at most ten seconds old. */
  capacity(): Promise<ClaimCapacity>;
  /** The facts changed: they are asked again at the next {@link capacity}. */
  refresh?(): void;
  /** As the signer remembers it; null where nothing was ever signed. */
  lastClaim(): Promise<LastClaim | null>;
  /** Signs one after the other, up to the first that the signer refuses. A throw: it is not known what was signed. */
  issue(figures: readonly ClaimFigures[]): Promise<IssuedClaims>;
}

/** Which channel is signed for. */
export interface ChannelClaimOptions {
  readonly channelId: string;
  readonly chainId: number;
  /** `0x` and 40 lowercase hex digits. */
  readonly tokenNetworkAddress: string;
  /** The same, of the token; null where the profile does not know it. */
  readonly tokenAddress: string | null;
  /** Put into claims as `senderId`: a public key or an address. */
  readonly senderId: string;
}

/** How old the chain's facts may be when a claim is signed. */
const FACTS_MAX_AGE_MS = 10_000;

/** Claims of one channel, signed by `signer`. */
export function channelClaims(
  options: ChannelClaimOptions,
  deps: {
    readonly signer: Pick<Signer, "identity" | "signClaims" | "lastClaim">;
    readonly chain: Chain;
    readonly timers: Timers;
  },
): ClaimSource {
  const { channelId, chainId, tokenNetworkAddress, tokenAddress, senderId } = options;
  let cached: { readonly atMs: number; readonly capacity: ClaimCapacity } | null = null;
  let address: string | null = null;
  return {
    async capacity() {
      const now = deps.timers.now();
      if (cached !== null && Math.abs(now - cached.atMs) < FACTS_MAX_AGE_MS) return cached.capacity;
      address ??= (await deps.signer.identity()).paymentAddress.toLowerCase();
      const facts = await deps.chain.channel(channelId);
      const self = facts?.participants.find((side) => side.address.toLowerCase() === address);
      const capacity = {
        depositUnits: self?.depositUnits ?? 0n,
        open: facts?.state === "open" && self !== undefined,
      };
      cached = { atMs: now, capacity };
      return capacity;
    },
    refresh() {
      cached = null;
    },
    async lastClaim() {
      const last = await deps.signer.lastClaim({ chainId, tokenNetworkAddress, channelId });
      return last === null ? null : { nonce: last.nonce, cumulative: last.transferredAmount };
    },
    async issue(figures) {
      const signed = await deps.signer.signClaims(figures.map(({ nonce, cumulative, amount }) => ({
        chainId,
        tokenNetworkAddress,
        channelId,
        nonce,
        transferredAmount: cumulative,
        packetAmount: amount,
      })));
      reached("signer.signed");
      const timestamp = new Date(deps.timers.now()).toISOString();
      const signerAddress = asAddress(signed.signerAddress);
      const claims = signed.signatures.map((signature, at) =>
        encodeClaim({
          messageId: `evm-${channelId.slice(2, 10)}-${figures[at].nonce}`,
          timestamp,
          senderId,
          channelId: asChannelId(channelId),
          nonce: figures[at].nonce,
          transferredAmount: figures[at].cumulative,
          signature,
          signerAddress,
          chainId,
          tokenNetworkAddress: asAddress(tokenNetworkAddress),
          ...(tokenAddress === null ? {} : { tokenAddress: asAddress(tokenAddress) }),
        })
      );
      const snapshot = { name: snapshotName(signed.signerAddress), ...signed.snapshot };
      return {
        claims,
        refusal: signed.refusal,
        snapshot: claims.length === 0 ? null : snapshot,
      };
    },
  };
}

/** For a peer that knows no claims: nothing is signed, and the peer's own balance is the limit. */
export function noClaims(): ClaimSource {
  return {
    capacity: () => Promise.resolve({ depositUnits: null, open: true }),
    lastClaim: () => Promise.resolve(null),
    issue: (figures) =>
      Promise.resolve({
        claims: figures.map(() => new Uint8Array(0)),
        refusal: null,
        snapshot: null,
      }),
  };
}
