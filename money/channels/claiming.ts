/**
 * Claims received money: checks the counterparty's best claim once more and submits it to the contract.
 *
 * @module
 */
import { larger } from "../../base/amount.ts";
import { codeText, messageOf } from "../../base/thrown.ts";
import type { Address } from "../../protocols/evm/address.ts";
import { asChannelId } from "../../protocols/evm/channel_id.ts";
import { recoverBalanceProof } from "../../protocols/evm/balance_proof.ts";
import { balanceProofOf, type Claim, parseClaim } from "../../protocols/evm/claim.ts";
import { toHex } from "../../protocols/evm/keccak.ts";
import { loadSecp256k1, normalizeSignature } from "../../protocols/evm/secp256k1.ts";
import type { ChannelRow, TransactionRow } from "../../store/store.ts";
import { contractReason } from "./transaction_attempt.ts";
import type { ManagerState } from "./manager_state.ts";
import { nameOf } from "./views.ts";

/** A claim that is worth submitting. */
interface DueClaim {
  readonly claim: Claim;
  /** The amount above what was already claimed. */
  readonly units: bigint;
}

/** The best claim, if it pays more than was already claimed and the contract would accept it. Otherwise null. */
export async function dueClaim(state: ManagerState, row: ChannelRow): Promise<DueClaim | null> {
  const { store, chain, log } = state.deps;
  if (row.channelId === null) return null;
  const received = await store.receiverChannel(row.channelId);
  if (received === null || received.bestClaim === null) return null;
  if (received.credited <= row.claimedUnits) return null;
  const claim = await provenClaim(received.bestClaim, row, row.peerAddress);
  if (claim === null) {
    log("error", "a stored claim is not signed by the peer", { channel: row.channelId });
    return null;
  }
  const facts = await chain.channel(row.channelId);
  if (facts?.state === "settled") return null;
  const payer = facts?.participants.find(({ address }) =>
    address.toLowerCase() === row.peerAddress
  );
  const claimed = larger(row.claimedUnits, payer?.claimedUnits ?? 0n);
  if (claim.transferredAmount <= claimed || claim.nonce <= (payer?.claimedNonce ?? 0)) return null;
  return { claim, units: claim.transferredAmount - claimed };
}

/** The claim in `bytes`, if it is for this channel, chain and contract and has the signature of `signer`. Otherwise null. */
export async function provenClaim(
  bytes: Uint8Array,
  row: Pick<ChannelRow, "channelId" | "chainId" | "contract">,
  signer: string,
): Promise<Claim | null> {
  try {
    const claim = parseClaim(bytes);
    const { domain, proof } = balanceProofOf(claim);
    const here = claim.channelId === row.channelId && claim.chainId === row.chainId &&
      claim.tokenNetworkAddress === row.contract;
    const recovered = recoverBalanceProof(await loadSecp256k1(), domain, proof, claim.signature);
    return here && recovered === signer ? claim : null;
  } catch {
    return null;
  }
}

/**
 * Claims what is due. Claims of one channel run one after the other. Null if nothing is due, also if another transaction was faster.
 */
export function claimDue(
  state: ManagerState,
  ref: string,
  urgent: boolean,
): Promise<TransactionRow | null> {
  const under = state.lane.attemptOf(ref, "claimFromChannel");
  if (under !== null && urgent) under.urgent = true;
  const before = state.claiming.get(ref) ?? Promise.resolve(null);
  const claim = before.catch(() => null).then(() => claimNow(state, ref, urgent));
  state.claiming.set(ref, claim);
  const forget = () => {
    if (state.claiming.get(ref) === claim) state.claiming.delete(ref);
  };
  claim.then(forget, forget);
  return claim;
}

/**
 * Claims on every channel before this process stops watching. A claim that is not worth its gas is left while the channel is open. A
 * claim that failed is reported, and the next start tries it again.
 *
 * @param floorUnits Smaller amounts are left to a later claim. Null if the price of gas is not known; then everything is claimed.
 */
export async function claimBeforeEnd(
  state: ManagerState,
  floorUnits: bigint | null,
  patiently: <T>(work: Promise<T>) => Promise<T>,
): Promise<void> {
  const { book, deps } = state;
  await Promise.all(book.rows.map(async (row) => {
    if (!["open", "closing", "closed", "recovering"].includes(row.status)) return;
    let units: bigint | null = null;
    try {
      const due = await dueClaim(state, row);
      if (due === null) return;
      units = due.units;
      if (row.status === "open" && units < (floorUnits ?? 0n)) {
        deps.log("info", "an amount is left to a later claim: it is worth less than its gas", {
          channel: nameOf(row),
          units: String(units),
        });
        return;
      }
      await patiently(claimDue(state, row.ref, false));
    } catch (error) {
      const [code, message] = [codeText(error), messageOf(error)];
      deps.log("warn", "a claim is pending: the next start continues with it", {
        channel: nameOf(row),
        ...(units === null ? {} : { units: String(units) }),
        code,
        message,
      });
    }
  }));
}

async function claimNow(
  state: ManagerState,
  ref: string,
  urgent: boolean,
): Promise<TransactionRow | null> {
  const { book, lane, contracts, deps } = state;
  // An earlier process may have left a claim under way.
  await lane.attemptOf(ref, "claimFromChannel")?.ended.catch(() => {});
  const due = await dueClaim(state, book.get(ref));
  if (due === null) return null;
  const { claim } = due;
  try {
    const attempt = await lane.submit({
      call: {
        call: "claimFromChannel",
        tokenNetwork: contracts.tokenNetwork.toLowerCase() as Address,
        channelId: asChannelId(claim.channelId),
        nonce: claim.nonce,
        transferredAmountRaw: claim.transferredAmount,
        signature: toHex(normalizeSignature(claim.signature)),
      },
      channelRef: ref,
      urgent,
    });
    return await attempt.ended;
  } catch (error) {
    const reason = contractReason(error);
    // The amount was already claimed, by a transaction that was thought to be lost.
    if (reason !== "NothingToClaim" && reason !== "InvalidNonce") throw error;
    deps.log("warn", "nothing left to claim", { channel: claim.channelId, reason });
    return null;
  }
}
