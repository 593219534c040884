/**
 * The source of a payer's claims: the signer for a channel, or none for a peer that keeps balances itself.
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
import type { Store } from "../../store/store.ts";
import type { Timers } from "../../base/timers.ts";
import { restMs } from "../claims/resting.ts";
import type { ClaimFigures } from "./claim_figures.ts";
import { signFigures } from "./signed_figures.ts";

/** The amount for which claims may be signed, as the chain confirms it. */
interface ClaimCapacity {
  /** Our confirmed deposit. Null if the peer does not use claims. */
  readonly depositUnits: bigint | null;
  readonly open: boolean;
}

/** Claims as they are sent, and the signer's snapshot that is committed with them. */
export interface IssuedClaims {
  /** The claims for the first figures, in their order. They are empty if the peer does not use claims. */
  readonly claims: readonly Uint8Array[];
  /** Why the signer refused the next figures; none after them were signed. Null if all were signed. */
  readonly refusal: {
    readonly code: string;
    readonly message: string;
    /** The figures of a `ceiling` refusal, so that it can be shown in the asset. */
    readonly above?: AboveCeiling | null;
  } | null;
  /** Null if nothing was signed. */
  readonly snapshot: {
    readonly name: string;
    readonly counter: number;
    readonly sealed: Uint8Array;
  } | null;
}

/** The last signed claim of a channel, including one that was lost in a crash. */
interface LastClaim {
  readonly nonce: number;
  readonly cumulative: bigint;
}

/** Signs one channel's claims. */
export interface ClaimSource {
  /**
   * Confirmed facts that are at most ten seconds old. Facts of an open channel may be older, while its row in the store is unchanged
   * (docs/money.md#channels).
   */
  capacity(): Promise<ClaimCapacity>;
  /** The facts changed, so the next {@link capacity} asks for them again. */
  refresh?(): void;
  /** The last claim in the signer's ledger. Null if nothing was ever signed. */
  lastClaim(): Promise<LastClaim | null>;
  /** Signs in order, until the signer refuses one. If this throws, it is not known what was signed. */
  issue(figures: readonly ClaimFigures[]): Promise<IssuedClaims>;
}

/** The channel for which claims are signed. */
export interface ChannelClaimOptions {
  readonly channelId: string;
  readonly chainId: number;
  /** `0x` and 40 lowercase hex digits. */
  readonly tokenNetworkAddress: string;
  /** The token's address in the same form. Null if the profile does not name it. */
  readonly tokenAddress: string | null;
  /** The `senderId` of the claims: a public key or an address. */
  readonly senderId: string;
}

/** The age of the chain's facts, and of the last look at the channel's row, after which they are checked before a claim is signed. */
const FACTS_MAX_AGE_MS = 10_000;

/** Claims of one channel that `signer` signs. */
export function channelClaims(
  options: ChannelClaimOptions,
  deps: {
    readonly signer: Pick<Signer, "identity" | "signClaims" | "lastClaim">;
    readonly chain: Chain;
    /** Where the channel's row is. Without a row, facts are asked for after ten seconds. */
    readonly store?: Pick<Store, "listChainChannels">;
    readonly timers: Timers;
  },
): ClaimSource {
  const { channelId, chainId, tokenNetworkAddress, tokenAddress, senderId } = options;
  let cached:
    | { readonly atMs: number; checkedAtMs: number; readonly capacity: ClaimCapacity }
    | null = null;
  let address: string | null = null;
  /** A yes may be old, because a deposit never falls, and a claim on a closed channel costs no more than what is always at risk. */
  const stillHolds = async ({ atMs, capacity }: NonNullable<typeof cached>, now: number) => {
    if (!capacity.open) return false;
    const [row] = await deps.store?.listChainChannels({ chainId, channelId }) ?? [];
    return row?.status === "open" && row.depositUnits === capacity.depositUnits &&
      Math.abs(now - atMs) < restMs([row]);
  };
  return {
    async capacity() {
      const now = deps.timers.now();
      const before = cached;
      if (before !== null) {
        if (Math.abs(now - before.checkedAtMs) < FACTS_MAX_AGE_MS) return before.capacity;
        // `refresh` may have been called meanwhile.
        if (await stillHolds(before, now) && cached === before) {
          before.checkedAtMs = now;
          return before.capacity;
        }
      }
      address ??= (await deps.signer.identity()).paymentAddress.toLowerCase();
      const facts = await deps.chain.channel(channelId);
      const self = facts?.participants.find((side) => side.address.toLowerCase() === address);
      const capacity = {
        depositUnits: self?.depositUnits ?? 0n,
        open: facts?.state === "open" && self !== undefined,
      };
      cached = { atMs: now, checkedAtMs: now, capacity };
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
      const timestamp = new Date(deps.timers.now()).toISOString();
      const channel = { chainId, tokenNetworkAddress, channelId };
      const signed = await signFigures(
        deps.signer,
        channel,
        figures,
        ({ nonce, cumulative }, signature, signerAddress) =>
          encodeClaim({
            messageId: `evm-${channelId.slice(2, 10)}-${nonce}`,
            timestamp,
            senderId,
            channelId: asChannelId(channelId),
            nonce,
            transferredAmount: cumulative,
            signature,
            signerAddress: asAddress(signerAddress),
            chainId,
            tokenNetworkAddress: asAddress(tokenNetworkAddress),
            ...(tokenAddress === null ? {} : { tokenAddress: asAddress(tokenAddress) }),
          }),
      );
      reached("signer.signed");
      const { claims } = signed;
      const snapshot = { name: snapshotName(signed.signerAddress), ...signed.snapshot };
      return {
        claims,
        refusal: signed.refusal,
        snapshot: claims.length === 0 ? null : snapshot,
      };
    },
  };
}

/** For a peer that does not use claims. Nothing is signed, and the peer's own balance is the limit. */
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
