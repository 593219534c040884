/**
 * Opens channels: open, approve the exact amount, deposit the total. One commit stores the row and the signed opening, so after a crash
 * both exist or neither does, and the next start continues with the same channel.
 *
 * @module
 */
import { formatUnits } from "../../protocols/ilp/asset.ts";
import type { Address } from "../../protocols/evm/address.ts";
import type { ChannelRow, TransactionRow } from "../../store/store.ts";
import { ChannelError, type PinnedPeer } from "../claims/channel_manager.ts";
import { adoptWith } from "./adoption.ts";
import { checkDeposit } from "./ceilings.ts";
import { AttemptFailure } from "./transaction_attempt.ts";
import type { ManagerState } from "./manager_state.ts";
import { pause } from "../../base/pause.ts";
import type { OpeningRequest } from "./opening_request.ts";

/** The most tries of an opening. A try fails if another program used its account nonce, or if the channel id cannot be used. */
const MAX_OPENINGS = 16;
const MAX_DEPOSITS = 4;

/** Signs and sends an opening. Returns the new row's ref after it is durable. */
export async function beginOpening(state: ManagerState, request: OpeningRequest): Promise<string> {
  const { book, lane, settings, deps, own, contracts } = state;
  const { peer, depositUnits } = request;
  if (peer.address === own) throw new ChannelError("terms", "Cannot open a channel with ourselves");
  checkDeposit(settings, book.rows, depositUnits, depositUnits);
  const { tokenRaw } = await deps.chain.funds(own);
  if (tokenRaw < depositUnits) {
    throw new ChannelError(
      "funds",
      `Cannot open: the deposit is ${formatUnits(depositUnits, settings.asset)}, the account has ${
        formatUnits(tokenRaw, settings.asset)
      }`,
    );
  }
  let ref: string | null = null;
  try {
    const attempt = await lane.submit({
      call: openingCall(state, peer.address, request.settlementTimeoutS),
      channelRef: "own",
    }, (tx) => {
      const row: ChannelRow = {
        ref: tx.hash,
        chainId: contracts.chainId,
        genesisHash: contracts.genesisHash,
        contract: contracts.tokenNetwork.toLowerCase(),
        channelId: null,
        openedBlockHash: null,
        ownAddress: own,
        peerAddress: peer.address,
        peerName: peer.name,
        automatic: request.automatic,
        status: "opening",
        settlementTimeoutS: request.settlementTimeoutS,
        wantedUnits: depositUnits,
        depositUnits: 0n,
        claimedUnits: 0n,
        autoDepositedUnits: request.automatic ? depositUnits : 0n,
        autoDepositAtMs: null,
        autoDeposits: 0,
        claimedAtMs: null,
        createdAtMs: deps.timers.now(),
        openedAtMs: null,
        settleAtMs: null,
        halted: null,
        note: null,
      };
      // The row is added before the commit, because the outcome may be known before this function returns.
      book.remember(row);
      ref = row.ref;
      return [{ op: "putChannel", row, expect: "absent" }];
    });
    return attempt.channelRef!;
  } catch (error) {
    if (ref !== null) book.forget(ref);
    throw error;
  }
}

/** Continues an opening until the deposit is confirmed, from whatever state it has. Throws ChannelError `failed`. */
export async function finishOpening(
  state: ManagerState,
  ref: string,
): Promise<readonly TransactionRow[]> {
  const { book, lane } = state;
  for (let attempt = 0; attempt < MAX_OPENINGS; attempt++) {
    const row = book.get(ref);
    if (row.status === "failed") throw failed(row);
    if (row.status !== "opening") return [];
    let opening = lane.attemptOf(ref, "openChannel");
    if (opening === null && row.openedBlockHash === null) {
      // Another program with our key used the nonce. It may have opened exactly this channel.
      if (attempt > 0 && (await adoptWith(state, peerOf(row))).length > 0) {
        const note = "another program with our key opened a channel at the same time";
        throw failed(await book.patch(ref, { status: "failed", note }));
      }
      const call = openingCall(state, row.peerAddress, row.settlementTimeoutS);
      opening = await lane.submit({ call, channelRef: ref });
    }
    try {
      const channelId = opening === null
        ? Promise.resolve(row.channelId!)
        // The opening must be confirmed and not only mined. A reorganisation could give the id to another channel, which would get the
        // deposit.
        : opening.ended.then(({ openedChannelId }) => usableId(state, openedChannelId));
      const [deposited, opened] = await Promise.all([
        finishDeposit(state, ref, channelId),
        opening?.ended,
      ]);
      if (book.get(ref).status === "open") {
        return opened === undefined ? deposited : [opened, ...deposited];
      }
    } catch (error) {
      // The outcome of the opening decides, and not an error of the deposit.
      await opening?.ended.catch(() => {});
      if (book.get(ref).status === "failed") throw failed(book.get(ref), error);
      const again = error instanceof AttemptFailure && error.code === "replaced" ||
        error instanceof UnusableId || book.get(ref).channelId === null;
      if (!again) throw error;
    }
  }
  throw failed(book.get(ref));
}

/** Raises our deposit to the amount that the row wants. If it already has it, nothing is sent. */
export async function finishDeposit(
  state: ManagerState,
  ref: string,
  channelId: Promise<string>,
): Promise<readonly TransactionRow[]> {
  const { book, lane, funding } = state;
  channelId.catch(() => {});
  const done: TransactionRow[] = [];
  for (let attempt = 0; attempt < MAX_DEPOSITS; attempt++) {
    if (book.get(ref).depositUnits >= book.get(ref).wantedUnits) return done;
    const under = lane.attemptOf(ref, "setTotalDeposit");
    if (under !== null) {
      await under.ended.then((tx) => done.push(tx), (error) => {
        if (!(error instanceof AttemptFailure)) throw error;
      });
      continue;
    }
    // An earlier process may have left an approval under way. It must be mined first, because a second one would replace it.
    await lane.attemptOf(ref, "approve")?.mined.catch(() => {});
    const row = book.get(ref);
    const before = row.channelId === null ? 0n : await ownDeposit(state, row.channelId);
    const current = before > row.depositUnits ? before : row.depositUnits;
    if (current >= row.wantedUnits) {
      await book.patch(ref, {
        depositUnits: current,
        ...(row.status === "opening" && row.openedBlockHash !== null ? { status: "open" } : {}),
      });
      return done;
    }
    try {
      done.push(
        ...await funding.deposit({
          ref,
          channelId: channelId.then((id) => book.get(ref).channelId ?? id),
          totalUnits: row.wantedUnits,
          addedUnits: row.wantedUnits - current,
        }),
      );
    } catch (error) {
      if (!(error instanceof AttemptFailure) || attempt === MAX_DEPOSITS - 1) throw error;
    }
  }
  return done;
}

/** Waits until the confirmed facts show the row's deposit, so that the next signer sees it. */
export async function untilFactsShow(state: ManagerState, ref: string): Promise<void> {
  const { book, deps, settings } = state;
  const { timers, chain } = deps;
  const deadline = timers.now() + settings.patienceMs;
  for (let waitMs = 10;; waitMs = Math.min(2 * waitMs, 1_000)) {
    const { channelId, depositUnits } = book.get(ref);
    const facts = channelId === null ? null : await chain.channel(channelId);
    const side = facts?.participants.find(({ address }) => address.toLowerCase() === state.own);
    if (side !== undefined && side.depositUnits >= depositUnits) return;
    if (timers.now() > deadline) {
      throw new ChannelError("chain", "Cannot continue: the chain does not show the deposit yet");
    }
    await pause(waitMs, undefined, timers);
  }
}

async function ownDeposit(state: ManagerState, channelId: string): Promise<bigint> {
  const facts = await state.deps.chain.channel(channelId);
  return facts?.participants.find(({ address }) => address.toLowerCase() === state.own)
    ?.depositUnits ?? 0n;
}

function openingCall({ contracts }: ManagerState, peer: string, settlementTimeoutS: number) {
  return {
    call: "openChannel",
    tokenNetwork: contracts.tokenNetwork.toLowerCase() as Address,
    participant2: peer as Address,
    settlementTimeoutS,
  } as const;
}

function peerOf({ peerName, peerAddress }: ChannelRow): PinnedPeer {
  return { name: peerName, address: peerAddress };
}

function usableId({ book }: ManagerState, channelId: string | null): string {
  if (channelId !== null && !book.isGone(channelId)) return channelId;
  throw new UnusableId("the opening gave no id that can be used");
}

function failed(row: ChannelRow, cause?: unknown): ChannelError {
  return new ChannelError("failed", `Cannot open the channel: ${row.note ?? "it failed"}`, {
    cause,
  });
}

class UnusableId extends Error {}
