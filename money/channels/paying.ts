/**
 * Chooses the channel that pays a peer: the open one with the most left, one that only the chain knows, or a new one within the ceilings.
 *
 * @module
 */
import { larger, smaller } from "../../base/amount.ts";
import { codeText } from "../../base/thrown.ts";
import { formatUnits } from "../../protocols/ilp/asset.ts";
import type { ChannelRow, TransactionRow } from "../../store/store.ts";
import { ChannelError, type PinnedPeer } from "../claims/channel_manager.ts";
import { adoptWith } from "./adoption.ts";
import {
  autoDepositUnits,
  countAutoDeposit,
  DEPOSITED_BY_ITSELF,
  refusesAutoDeposit,
  usedUnits,
} from "../claims/auto_deposit.ts";
import {
  autoDepositRule,
  checkAutomaticOpening,
  checkDeposit,
  insufficientBalance,
  lockedUnits,
} from "./ceilings.ts";
import type { ManagerState, OpenedChannel } from "./manager_state.ts";
import { beginOpening, finishDeposit, finishOpening, untilFactsShow } from "./opening.ts";
import type { OpeningRequest } from "./opening_request.ts";
import { proveChannel } from "./recovery.ts";
import { nameOf } from "./views.ts";

/**
 * The channel through which a peer can be paid `freeUnits` more than what is signed. It is an open one, a raised one, an adopted one or a
 * new one. Throws ChannelError.
 */
export async function ensureChannel(
  state: ManagerState,
  peer: PinnedPeer,
  freeUnits: bigint,
  { growToUnits }: { readonly growToUnits?: bigint } = {},
): Promise<ChannelRow> {
  const { book, settings, deps } = state;
  await state.openings.get(peer.address)?.work.catch(() => {});
  let unfinished: { readonly error: unknown } | null = null;
  for (const { ref, status } of book.with(peer.address)) {
    if (status !== "opening") continue;
    try {
      await state.exclusive(ref, () => finishOpening(state, ref));
    } catch (error) {
      // The opening may still be finished later. A second one would lock a second deposit.
      if (book.get(ref).status === "opening") unfinished = { error };
    }
  }
  const found = await usable(state, peer) ?? await adopted(state, peer);
  if (found === null) {
    if (unfinished !== null) throw unfinished.error;
    if (!settings.automaticDeposits) throw insufficientBalance(settings, 0n, freeUnits);
    checkAutomaticOpening(settings, book.with(peer.address), deps.timers.now());
    const wanted = growToUnits === undefined
      ? larger(freeUnits, settings.automaticDepositUnits)
      : freeUnits;
    const room = settings.maxDepositUnits;
    const deposit = freeUnits <= room && wanted > room ? room : wanted;
    const { ref } = await openWith(state, peer, deposit, settings.settlementTimeoutS, true);
    tell(state, DEPOSITED_BY_ITSELF[0], ref, deposit);
    return book.get(ref);
  }
  const current = await free(state, found);
  if (freeUnits <= current) return found;
  const refused = refusesAutoDeposit(
    autoDepositRule(settings),
    book.with(peer.address),
    deps.timers.now(),
  );
  if (refused !== null) {
    deps.log("warn", "a payment needs a deposit", { channel: found.ref, reason: refused });
    throw insufficientBalance(settings, current, freeUnits);
  }
  const wished = growToUnits === undefined
    ? autoDepositUnits(freeUnits - current, found.depositUnits, settings.automaticDepositUnits)
    : smaller(growToUnits, await paidUnits(state, found)) - current;
  await raise(state, found, freeUnits - current, wished);
  return book.get(found.ref);
}

/** Opens a channel and waits until the confirmed facts show its deposit. Callers with the same request share one opening. */
export async function openWith(
  state: ManagerState,
  peer: PinnedPeer,
  depositUnits: bigint,
  settlementTimeoutS: number,
  automatic: boolean,
): Promise<OpenedChannel> {
  const request = { peer, depositUnits, settlementTimeoutS, automatic };
  for (;;) {
    const under = state.openings.get(peer.address);
    if (under === undefined) break;
    const same = under.request.depositUnits === depositUnits &&
      under.request.settlementTimeoutS === settlementTimeoutS;
    if (same) return await under.work;
    await under.work.catch(() => {});
  }
  const work = openNow(state, request);
  state.openings.set(peer.address, { request, work });
  const forget = () => void state.openings.delete(peer.address);
  work.then(forget, forget);
  return await work;
}

async function openNow(state: ManagerState, request: OpeningRequest): Promise<OpenedChannel> {
  const half = state.book.with(request.peer.address).find(({ status }) => status === "opening");
  const ref = half?.ref ?? await beginOpening(state, request);
  const transactions = await state.exclusive(ref, async () => {
    if (half !== undefined) await wishAnew(state, ref, request);
    const done = await finishOpening(state, ref);
    const { depositUnits } = state.book.get(ref);
    if (depositUnits === request.depositUnits) return done;
    throw new ChannelError(
      "state",
      `Cannot open: the opening that was begun before has a deposit of ${
        formatUnits(depositUnits, state.settings.asset)
      }; 'channel deposit' adds to it`,
    );
  });
  await untilFactsShow(state, ref);
  return { ref, transactions };
}

/** Gives an unfinished opening the deposit that is requested now, unless a deposit is under way. */
async function wishAnew(state: ManagerState, ref: string, request: OpeningRequest): Promise<void> {
  const { book, lane, settings } = state;
  const row = book.get(ref);
  if (row.status !== "opening") return;
  if (row.settlementTimeoutS !== request.settlementTimeoutS) {
    throw new ChannelError(
      "state",
      `Cannot open: an opening with this peer was begun with a grace period of ${row.settlementTimeoutS} s; request the same one`,
    );
  }
  if (row.depositUnits > 0n || lane.attemptOf(ref, "setTotalDeposit") !== null) return;
  const more = request.depositUnits - row.wantedUnits;
  if (more > 0n) checkDeposit(settings, book.rows, request.depositUnits, more);
  if (more !== 0n) await book.patch(ref, { wantedUnits: request.depositUnits });
}

/** Raises a channel's deposit by `addUnits`. */
export async function addDeposit(
  state: ManagerState,
  ref: string,
  addUnits: bigint,
  automatic = false,
): Promise<readonly TransactionRow[]> {
  return await state.exclusive(ref, async () => {
    const { book, lane, own, settings, deps } = state;
    const row = book.get(ref);
    const { autoDepositedUnits, autoDepositAtMs, autoDeposits } = row;
    if (row.status !== "open") {
      throw new ChannelError("state", `Cannot deposit: the channel is ${row.status}`);
    }
    // The part of an earlier deposit that failed is not added to this one.
    const before = lane.attemptOf(ref, "setTotalDeposit") === null
      ? row.depositUnits
      : row.wantedUnits;
    const totalUnits = before + addUnits;
    checkDeposit(settings, book.rows, totalUnits, addUnits);
    const { tokenRaw } = await deps.chain.funds(own);
    if (tokenRaw < addUnits) {
      throw new ChannelError(
        "funds",
        `Cannot deposit ${formatUnits(addUnits, settings.asset)}: the account has ${
          formatUnits(tokenRaw, settings.asset)
        }`,
      );
    }
    // The wanted total is stored first, so that after a restart the deposit continues to this total and not beyond.
    await book.patch(ref, {
      wantedUnits: totalUnits,
      ...(automatic ? countAutoDeposit(row, addUnits, deps.timers.now()) : {}),
    });
    try {
      const done = await finishDeposit(state, ref, Promise.resolve(row.channelId!));
      await untilFactsShow(state, ref);
      return done;
    } catch (error) {
      // After a failure the old total is restored, so that the next start does not deposit. A signed transaction continues.
      const signed = lane.closed || lane.attemptOf(ref, "setTotalDeposit") !== null;
      if (!signed && book.get(ref).depositUnits < totalUnits) {
        await book.patch(ref, {
          wantedUnits: before,
          autoDepositedUnits,
          autoDepositAtMs,
          autoDeposits,
        });
      }
      throw error;
    }
  });
}

/** Deposits what is missing, or `wishedUnits` if that is more, as far as the ceilings and the account allow it. */
async function raise(
  state: ManagerState,
  row: ChannelRow,
  missing: bigint,
  wishedUnits: bigint,
): Promise<void> {
  const { book, settings, deps, own } = state;
  const { tokenRaw } = await deps.chain.funds(own);
  const rooms = [
    settings.maxDepositUnits - row.wantedUnits,
    settings.maxLockedUnits - lockedUnits(book.rows),
    settings.automaticDepositUnits,
    tokenRaw,
  ];
  let added = larger(rooms.reduce(smaller, wishedUnits), missing);
  try {
    await addDeposit(state, row.ref, added, true);
  } catch (error) {
    // The signer has ceilings of its own, for example for a day.
    if (codeText(error) !== "ceiling" || added === missing) throw error;
    added = missing;
    await addDeposit(state, row.ref, added, true);
  }
  tell(state, DEPOSITED_BY_ITSELF[1], row.ref, added);
}

/** What this channel has paid. */
async function paidUnits(state: ManagerState, { channelId }: ChannelRow): Promise<bigint> {
  const payer = channelId === null ? null : await state.deps.store.payerChannel(channelId);
  return payer?.spent ?? 0n;
}

/** Logs an automatic deposit. */
function tell({ book, settings, deps }: ManagerState, what: string, ref: string, units: bigint) {
  const row = book.get(ref);
  deps.log("info", what, {
    channel: nameOf(row),
    deposited: formatUnits(units, settings.asset),
    deposit: formatUnits(row.depositUnits, settings.asset),
    setting: "channel.auto_deposit",
  });
}

/** The open channel with the most left. Throws if there is only one that may not be used yet. */
async function usable(state: ManagerState, peer: PinnedPeer): Promise<ChannelRow | null> {
  const rows = state.book.with(peer.address);
  let best: { readonly row: ChannelRow; readonly free: bigint } | null = null;
  for (const row of rows) {
    if (row.status !== "open" || row.halted !== null || locksTooLong(state, row)) continue;
    const units = await free(state, row);
    if (best === null || units > best.free) best = { row, free: units };
  }
  if (best !== null) return best.row;
  for (const row of rows) {
    if (row.status === "recovering" && state.settings.recoverByItself) {
      await proveChannel(state, row.ref, false);
    }
    const now = state.book.get(row.ref);
    if (now.status === "open" && now.halted === null && !locksTooLong(state, now)) return now;
    if (now.status === "recovering") {
      throw new ChannelError(
        "recovering",
        `Cannot pay ${peer.name}: ${now.note ?? "its channel is recovering"}`,
      );
    }
    if (now.halted !== null) {
      throw new ChannelError("state", `Cannot pay ${peer.name}: halted, ${now.halted}`);
    }
  }
  return null;
}

/**
 * A channel that only the chain knows, because the peer opened it, or because we lost its row with a disk. The watch may have adopted it
 * since the rows were read.
 */
async function adopted(state: ManagerState, peer: PinnedPeer): Promise<ChannelRow | null> {
  await adoptWith(state, peer);
  return await usable(state, peer);
}

/** The amount that can still be paid. It includes credit, which was signed and not spent and which the next packet uses. */
async function free({ deps: { store } }: ManagerState, row: ChannelRow): Promise<bigint> {
  return row.depositUnits - await usedUnits(store, row.channelId);
}

/** Whether a channel that has no deposit of ours has such a long grace that it would lock our deposit for too long. */
function locksTooLong({ settings }: ManagerState, row: ChannelRow): boolean {
  return row.depositUnits === 0n && row.settlementTimeoutS > settings.maxSettlementTimeoutS;
}
