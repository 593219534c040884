/**
 * Adopts channels that the chain knows and the store does not: they were opened by the other side, or their rows were lost with a disk. A
 * channel with our deposit but without a record of claims becomes `recovering`, because an earlier claim may exist.
 *
 * @module
 */
import type { ChannelFacts } from "../evm/chain.ts";
import type { ChannelRow, ReceiverChannelRow } from "../../store/store.ts";
import type { PinnedPeer } from "../claims/channel_manager.ts";
import type { ManagerState } from "./manager_state.ts";

/** Adopts the channels with a pinned peer. Returns the new rows. */
export async function adoptWith(
  state: ManagerState,
  peer: PinnedPeer,
): Promise<readonly ChannelRow[]> {
  const { book, deps, own } = state;
  const adopted: ChannelRow[] = [];
  for (const channelId of await deps.chain.channelsBetween(own, peer.address)) {
    if (book.byId(channelId) !== null || book.isGone(channelId)) continue;
    const row = await adopt(state, channelId, peer.name);
    if (row !== null && row.peerAddress === peer.address) adopted.push(row);
  }
  return adopted;
}

/** Adopts every channel through which this home was paid, so that the channel watch looks after it. It does not matter who opened it. */
export async function adoptReceived(
  state: ManagerState,
  received: readonly ReceiverChannelRow[],
): Promise<void> {
  const { book } = state;
  for (const { channelId, peer } of received) {
    if (book.byId(channelId) === null && /^0x[0-9a-f]{64}$/.test(channelId)) {
      await adopt(state, channelId, peer);
    }
  }
}

/**
 * Adopts one channel. Null if we are not a party to it, or if it is settled or not confirmed yet, or already adopted. The watch and a
 * payment may find the same channel at the same time.
 */
async function adopt(
  state: ManagerState,
  channelId: string,
  peerName: string,
): Promise<ChannelRow | null> {
  return await state.exclusive(channelId, () => adoptNow(state, channelId, peerName));
}

async function adoptNow(
  state: ManagerState,
  channelId: string,
  peerName: string,
): Promise<ChannelRow | null> {
  const { book, deps, own, contracts } = state;
  const facts = await deps.chain.channel(channelId);
  if (facts === null || facts.state === "settled" || book.byId(channelId) !== null) return null;
  const mine = facts.participants.find(({ address }) => address.toLowerCase() === own);
  const peer = facts.participants.find(({ address }) => address.toLowerCase() !== own);
  if (mine === undefined || peer === undefined) return null;
  const known = await deps.store.payerChannel(channelId) !== null;
  const signedBefore = !known && (mine.depositUnits > 0n || mine.claimedUnits > 0n);
  return await book.add({
    ref: `${channelId}@${contracts.genesisHash.slice(2, 10)}`,
    chainId: contracts.chainId,
    genesisHash: contracts.genesisHash,
    contract: contracts.tokenNetwork.toLowerCase(),
    channelId,
    openedBlockHash: null,
    ownAddress: own,
    peerAddress: peer.address.toLowerCase(),
    peerName,
    automatic: false,
    ...statusOf(facts, signedBefore),
    settlementTimeoutS: facts.settlementTimeoutS,
    wantedUnits: mine.depositUnits,
    depositUnits: mine.depositUnits,
    claimedUnits: peer.claimedUnits,
    autoDepositedUnits: 0n,
    autoDepositAtMs: null,
    autoDeposits: 0,
    claimedAtMs: null,
    createdAtMs: deps.timers.now(),
    openedAtMs: facts.openedAtS ? facts.openedAtS * 1_000 : null,
    halted: null,
    note: null,
  });
}

function statusOf(
  facts: ChannelFacts,
  signedBefore: boolean,
): Pick<ChannelRow, "status" | "settleAtMs"> {
  if (facts.state === "closed") {
    const settleAtMs = facts.closedAtS
      ? (facts.closedAtS + facts.settlementTimeoutS) * 1_000
      : null;
    return { status: "closed", settleAtMs };
  }
  return { status: signedBefore ? "recovering" : "open", settleAtMs: null };
}
