/**
 * Ends channels: claims first, then closes, and settles after the grace. Tokens that a settlement could not deliver are collected later.
 *
 * @module
 */
import { codeText } from "../../base/thrown.ts";
import { formatUnits } from "../../protocols/ilp/asset.ts";
import type { Address } from "../../protocols/evm/address.ts";
import type { ChannelId } from "../../protocols/evm/channel_id.ts";
import { snapshotName } from "../signer/signer.ts";
import type { ChannelRow, TransactionRow } from "../../store/store.ts";
import { ChannelError } from "../claims/channel_manager.ts";
import { claimDue } from "./claiming.ts";
import { contractReason } from "./transaction_attempt.ts";
import type { ManagerState } from "./manager_state.ts";
import { endPackets } from "./settled_packets.ts";
import { pause } from "../../base/pause.ts";

/** How often a close checks whether the open packets are answered, in milliseconds. */
const RESOLVE_LOOK_MS = 200;

/**
 * Waits for packets without an answer, unless the caller abandons them, then claims and closes. No packet is accepted from now on. A
 * repeated call continues a close that was begun before.
 */
export async function closeChannel(
  state: ManagerState,
  ref: string,
  abandon = false,
): Promise<readonly TransactionRow[]> {
  const { book, lane } = state;
  const { status } = book.get(ref);
  if (!["open", "closing", "recovering"].includes(status)) {
    throw new ChannelError("state", `Cannot close: the channel is ${status}`);
  }
  if (status !== "closing") {
    if (!abandon) await resolved(state, book.get(ref));
    const { creditUnits } = await creditOf(state, book.get(ref));
    const note = creditUnits === 0n
      ? book.get(ref).note
      : `closed with ${
        formatUnits(creditUnits, state.settings.asset)
      } signed and not spent, which the other side may keep`;
    await book.patch(ref, { status: "closing", note });
  }
  const done: TransactionRow[] = [];
  const claimed = await claimDue(state, ref, false);
  if (claimed !== null) done.push(claimed);
  if ((await factsOf(state, book.get(ref)))?.state === "open") {
    try {
      const attempt = lane.attemptOf(ref, "closeChannel") ??
        await lane.submit({ call: endCall(state, book.get(ref), "closeChannel"), channelRef: ref });
      done.push(await attempt.ended);
    } catch (error) {
      // The other side closed the channel first.
      if (contractReason(error) !== "InvalidChannelState") throw error;
      await untilNoted(state, ref, ["closed", "settled"]);
    }
  }
  await noteClosed(state, ref);
  return done;
}

/** What a close would cost: the credit at the other side, including the packets that have no answer yet. */
export async function creditOf(
  { deps }: ManagerState,
  { channelId }: ChannelRow,
): Promise<{ readonly creditUnits: bigint; readonly openPackets: number }> {
  if (channelId === null) return { creditUnits: 0n, openPackets: 0 };
  const payer = await deps.store.payerChannel(channelId);
  const open = await deps.store.openOutgoing(channelId);
  return {
    creditUnits: payer === null ? 0n : payer.signed - payer.spent,
    openPackets: open.length,
  };
}

/** Waits until all packets have answers. The channel's payer asks for them; this function only checks. Throws ChannelError `unresolved`. */
async function resolved(state: ManagerState, row: ChannelRow): Promise<void> {
  const { timers } = state.deps;
  const untilMs = timers.now() + state.settings.closeWaitMs;
  for (;;) {
    const { creditUnits, openPackets } = await creditOf(state, row);
    if (openPackets === 0) return;
    if (timers.now() >= untilMs) {
      throw new ChannelError(
        "unresolved",
        `Cannot close: ${openPackets} packet${openPackets === 1 ? " waits" : "s wait"} for an ` +
          `answer, and ${formatUnits(creditUnits, state.settings.asset)} of credit would be lost`,
      );
    }
    await pause(RESOLVE_LOOK_MS, undefined, timers);
  }
}

/** Updates the row of a channel that is closed or settled on the chain. */
export async function noteClosed(state: ManagerState, ref: string): Promise<ChannelRow> {
  const { book } = state;
  const row = book.get(ref);
  const facts = await factsOf(state, row);
  if (facts === null || facts.state === "open") return row;
  const settleAtMs = facts.closedAtS
    ? (facts.closedAtS + facts.settlementTimeoutS) * 1_000
    : row.settleAtMs;
  const status = facts.state;
  if (row.status === status && row.settleAtMs === settleAtMs) return row;
  if (row.status === "settled") return row;
  // Claims that another program sent for us count too.
  const claimed =
    facts.participants.find(({ address }) => address.toLowerCase() === row.peerAddress)
      ?.claimedUnits ?? 0n;
  const claimedUnits = claimed > row.claimedUnits ? claimed : row.claimedUnits;
  const noted = await book.patch(ref, { status, settleAtMs, claimedUnits });
  if (status === "settled") {
    await unlock(state, noted);
    await endPackets(state, ref);
  }
  return noted;
}

/**
 * Waits until the row shows what the other side did to the channel. The contract refuses us from that block on, and the chain's facts show
 * it when the block is confirmed.
 */
async function untilNoted(
  state: ManagerState,
  ref: string,
  wanted: readonly ChannelRow["status"][],
): Promise<void> {
  const { settings, deps: { timers } } = state;
  const untilMs = timers.now() + settings.patienceMs;
  for (let waitMs = 10;; waitMs = Math.min(2 * waitMs, 1_000)) {
    if (wanted.includes((await noteClosed(state, ref)).status)) return;
    if (timers.now() > untilMs) {
      const [last] = wanted.slice(-1);
      throw new ChannelError(
        "chain",
        `The other side's transaction is not confirmed yet: the channel will be ${last}`,
      );
    }
    await pause(waitMs, undefined, timers);
  }
}

/** Settles the channel. Its grace must have ended by the chain's clock. */
export async function settleChannel(
  state: ManagerState,
  ref: string,
): Promise<readonly TransactionRow[]> {
  const { lane, deps } = state;
  const row = await noteClosed(state, ref);
  if (row.status !== "closed") {
    throw new ChannelError("state", `Cannot settle: the channel is ${row.status}`);
  }
  const { timestampMs } = await deps.chain.head(0);
  const nowMs = Math.max(timestampMs, deps.timers.now());
  if (row.settleAtMs !== null && nowMs < row.settleAtMs) {
    throw new ChannelError(
      "state",
      `Cannot settle: the grace period ends ${new Date(row.settleAtMs).toISOString()}`,
    );
  }
  const done: TransactionRow[] = [];
  const claimed = await claimDue(state, ref, true);
  if (claimed !== null) done.push(claimed);
  try {
    const attempt = lane.attemptOf(ref, "settleChannel") ??
      await lane.submit({ call: endCall(state, row, "settleChannel"), channelRef: ref });
    done.push(await attempt.ended);
  } catch (error) {
    if (contractReason(error) === "SettlementTimeoutNotExpired") {
      throw new ChannelError("state", "Cannot settle: the grace period has not ended yet", {
        cause: error,
      });
    }
    // The other side settled the channel first.
    if (contractReason(error) !== "InvalidChannelState") throw error;
    await untilNoted(state, ref, ["settled"]);
  }
  await unlock(state, row);
  await endPackets(state, ref);
  const collected = await collectOwed(state, ref);
  return collected === null ? done : [...done, collected];
}

/** Tells the signer that a deposit is no longer locked. If this fails, the deposit only takes room under a ceiling. */
async function unlock({ deps, own }: ManagerState, row: ChannelRow): Promise<void> {
  try {
    const snapshot = await deps.signer.noteSettled({
      chainId: row.chainId,
      tokenNetworkAddress: row.contract,
      channelId: row.channelId!,
    });
    await deps.store.commit([{ op: "putSnapshot", name: snapshotName(own), ...snapshot }]);
  } catch (error) {
    const code = codeText(error);
    deps.log("warn", "a settled deposit still counts as locked", { code });
  }
}

/** Collects tokens that a settlement could not deliver to us, if there are any. */
async function collectOwed(state: ManagerState, ref: string): Promise<TransactionRow | null> {
  const { lane, deps, own, contracts } = state;
  const call = {
    call: "collectOwed",
    tokenNetwork: contracts.tokenNetwork.toLowerCase() as Address,
    participant: own as Address,
  } as const;
  if (await deps.chain.simulate(call, own).catch(() => "unknown") !== null) return null;
  return await (await lane.submit({ call, channelRef: ref })).ended;
}

async function factsOf(state: ManagerState, { channelId }: ChannelRow) {
  return channelId === null ? null : await state.deps.chain.channel(channelId);
}

function endCall(
  { contracts }: ManagerState,
  { channelId }: ChannelRow,
  call: "closeChannel" | "settleChannel",
) {
  return {
    call,
    tokenNetwork: contracts.tokenNetwork.toLowerCase() as Address,
    channelId: channelId as ChannelId,
  } as const;
}
