/**
 * Learns again what we signed on a channel after a disk was lost (docs/money.md#channels). The source is the counterparty's claim state, as
 * far as it contains our own signature. Figures without our signature may raise the nonce, but never the amount.
 *
 * @module
 */
import { MAX_NONCE_AHEAD } from "../../protocols/evm/claim.ts";
import { larger, smaller } from "../../base/amount.ts";
import type { ParticipantFacts } from "../evm/chain.ts";
import { snapshotName } from "../signer/signer.ts";
import type { Change, ChannelRow, PayerChannelRow } from "../../store/store.ts";
import type { ClaimState } from "../claims/claim_ack.ts";
import { foreignSigner } from "../payer/foreign_signer.ts";
import { provenClaim } from "./claiming.ts";
import type { ManagerState } from "./manager_state.ts";
import { nameOf } from "./views.ts";

/** Higher than the nonces that lost claims may have used, but within the range that a receiver accepts. */
const CONSENT_AHEAD = 2 ** 16;

/**
 * Opens a `recovering` channel for payments if its state is proven, or if the user consents. Otherwise its state stays. A channel in use is
 * compared with the peer's figures, and halted if the peer knows a claim that we did not sign.
 */
export async function proveChannel(
  state: ManagerState,
  ref: string,
  consent: boolean,
): Promise<void> {
  const { book, deps, own } = state;
  const row = book.get(ref);
  if (row.channelId === null || !["open", "recovering"].includes(row.status)) return;
  const facts = await deps.chain.channel(row.channelId);
  const side = facts?.participants.find(({ address }) => address.toLowerCase() === own);
  if (facts?.state !== "open" || side === undefined) return;
  const answer = await deps.counterparty?.claimState(row.channelId, row.peerAddress)
    .catch(() => null) ?? null;
  const stored = await deps.store.payerChannel(row.channelId);
  if (row.status === "open") {
    const reason = answer === null || stored === null ? null : foreignSigner(answer, stored);
    if (reason !== null) await halt(state, ref, reason);
    return;
  }
  const proven = await provenState(row, side, answer, own);
  if (typeof proven === "string" && !consent) {
    await book.patch(ref, { note: `recovering: ${proven}` });
    return;
  }
  const found = typeof proven === "string"
    ? { ...withoutProof(side, answer), signature: null }
    : proven;
  const next: PayerChannelRow = {
    channelId: row.channelId,
    peer: row.peerAddress,
    signed: larger(found.signed, stored?.signed ?? 0n),
    nonce: Math.max(found.nonce, stored?.nonce ?? 0),
    spent: larger(found.spent, stored?.spent ?? 0n),
    forfeit: stored?.forfeit ?? 0n,
  };
  const taught = await teachSigner(state, row, found);
  await deps.store.commit([
    { op: "putPayerChannel", row: next },
    ...taught,
    book.change(ref, { status: "open", note: null }),
  ]);
  deps.log("info", "channel recovered", {
    channel: row.channelId,
    nonce: next.nonce,
    proof: typeof proven !== "string",
  });
}

/** Halts a channel: nothing more is signed on it, because another process signs with our key. */
export async function halt(state: ManagerState, ref: string, reason: string): Promise<void> {
  if (state.book.get(ref).halted !== null) return;
  await state.book.patch(ref, { halted: reason.slice(0, 500) });
  state.deps.log("error", "channel halted", { channel: nameOf(state.book.get(ref)), reason });
}

interface Found {
  readonly signed: bigint;
  readonly nonce: number;
  readonly spent: bigint;
  /** The signature of the claim with exactly `claimNonce` and `signed`. Null if there is none. */
  readonly signature: string | null;
  readonly claimNonce: number;
}

/** The proven figures, or why they are not proven. */
async function provenState(
  row: ChannelRow,
  side: ParticipantFacts,
  answer: ClaimState | null,
  own: string,
): Promise<Found | string> {
  if (answer === null) return "the peer gives no claim state";
  if (answer.claim === null) {
    // If nothing was signed, nothing can be lost: a claim with too low an amount is only refused.
    const nothing = answer.nonce === 0 && answer.credited === 0n && side.claimedNonce === 0;
    return nothing
      ? { signed: 0n, nonce: 0, spent: 0n, signature: null, claimNonce: 0 }
      : "the peer gives figures without our claim";
  }
  const claim = await provenClaim(answer.claim, row, own);
  if (claim === null) return "the peer gives a claim that we did not sign for this channel";
  if (claim.transferredAmount !== answer.credited || claim.nonce > answer.nonce) {
    return "the peer's figures differ from our claim";
  }
  if (claim.transferredAmount > side.depositUnits) return "the claim is above our deposit";
  if (claim.transferredAmount < side.claimedUnits || claim.nonce < side.claimedNonce) {
    return "the peer claimed more on the chain than the claim it gives";
  }
  if (answer.nonce > claim.nonce + MAX_NONCE_AHEAD) return "the peer's nonce is too far ahead";
  // Held packets may still be fulfilled, so they count as spent. That can only cost credit, and never signs more.
  const spent = smaller(answer.spent + answer.held, claim.transferredAmount);
  return {
    signed: claim.transferredAmount,
    nonce: answer.nonce,
    spent,
    signature: claim.signature,
    claimNonce: claim.nonce,
  };
}

/** Figures without a proof: the claimed amount of the chain, which counts as spent, and a nonce above all that may have been used. */
function withoutProof(side: ParticipantFacts, answer: ClaimState | null) {
  const told = answer === null ? 0 : Math.min(answer.nonce, side.claimedNonce + MAX_NONCE_AHEAD);
  const nonce = Math.max(side.claimedNonce + CONSENT_AHEAD, told);
  return { signed: side.claimedUnits, spent: side.claimedUnits, nonce, claimNonce: nonce };
}

/** Updates the signer's ledger, so that the next claims are above what was signed. */
async function teachSigner(
  { deps, own }: ManagerState,
  row: ChannelRow,
  { claimNonce, signed, signature }: Found,
): Promise<readonly Change[]> {
  if (signed === 0n) return [];
  const claim = {
    chainId: row.chainId,
    tokenNetworkAddress: row.contract,
    channelId: row.channelId!,
    nonce: claimNonce,
    transferredAmount: signed,
  };
  // Without a proof, the amount that the peer claimed on the chain is signed again, within the signer's ceilings.
  const snapshot = signature === null
    ? (await deps.signer.signClaim({ ...claim, packetAmount: signed })).snapshot
    : await deps.signer.adoptClaim({ ...claim, signature });
  return [{ op: "putSnapshot", name: snapshotName(own), ...snapshot }];
}
