/**
 * Which channel pays a peer: the open one with the most left, one that the chain knows, or a new one, within the ceilings.
 *
 * @module
 */
import type { ChannelRow, TransactionRow } from "../../store/store.ts";
import { ChannelError, type PinnedPeer } from "../keeper.ts";
import { adoptWith } from "./adoption.ts";
import { checkAutomaticOpening, checkDeposit, lockedUnits } from "./ceilings.ts";
import type { ManagerState } from "./manager_state.ts";
import { beginOpening, finishDeposit, finishOpening, untilFactsShow } from "./opening.ts";
import { proveChannel } from "./recovery.ts";

/** The channel through which a peer is paid with `freeUnits` above what is signed: open, raised, adopted or new. Throws ChannelError. */
export async function ensureChannel(
  state: ManagerState,
  peer: PinnedPeer,
  freeUnits: bigint,
): Promise<ChannelRow> {
  const { book, settings, deps } = state;
  for (const { ref, status } of book.with(peer.address)) {
    if (status === "opening") {
      await state.exclusive(ref, () => finishOpening(state, ref)).catch(() => {});
    }
  }
  const found = await usable(state, peer) ?? await adopted(state, peer);
  if (found === null) {
    checkAutomaticOpening(settings, book.with(peer.address), deps.timers.now());
    const wanted = larger(freeUnits, settings.automaticDepositUnits);
    const room = settings.maxDepositUnits;
    const deposit = freeUnits <= room && wanted > room ? room : wanted;
    const { ref } = await openWith(state, peer, deposit, settings.settlementTimeoutS, true);
    return book.get(ref);
  }
  const missing = freeUnits - await free(state, found);
  if (missing <= 0n) return found;
  await raise(state, found, missing);
  return book.get(found.ref);
}

/** Opens a channel and waits until the confirmed facts show its deposit. */
export async function openWith(
  state: ManagerState,
  peer: PinnedPeer,
  depositUnits: bigint,
  settlementTimeoutS: number,
  automatic: boolean,
): Promise<{ readonly ref: string; readonly transactions: readonly TransactionRow[] }> {
  const ref = await beginOpening(state, { peer, depositUnits, settlementTimeoutS, automatic });
  const transactions = await state.exclusive(ref, () => finishOpening(state, ref));
  await untilFactsShow(state, ref);
  return { ref, transactions };
}

/** Raises a channel's deposit. */
export async function addDeposit(
  state: ManagerState,
  ref: string,
  addUnits: bigint,
): Promise<readonly TransactionRow[]> {
  return await state.exclusive(ref, async () => {
    const { book, own, settings, deps } = state;
    const row = book.get(ref);
    if (row.status !== "open") {
      throw new ChannelError("state", `Cannot deposit: the channel is ${row.status}`);
    }
    checkDeposit(settings, book.rows, row.wantedUnits + addUnits, addUnits);
    const { tokenRaw } = await deps.chain.funds(own);
    if (tokenRaw < addUnits) {
      throw new ChannelError(
        "funds",
        `Cannot deposit ${addUnits} units: the account has ${tokenRaw}`,
      );
    }
    // What is wanted is durable first: a restart goes on to this total and not beyond it.
    await book.patch(ref, { wantedUnits: row.wantedUnits + addUnits });
    const done = await finishDeposit(state, ref, Promise.resolve(row.channelId!));
    await untilFactsShow(state, ref);
    return done;
  });
}

/** Deposits what is missing, and by itself as much again as a new channel gets, within the ceilings. */
async function raise(state: ManagerState, row: ChannelRow, missing: bigint): Promise<void> {
  const { book, settings } = state;
  const locked = lockedUnits(book.rows);
  const rooms = [settings.maxDepositUnits - row.wantedUnits, settings.maxLockedUnits - locked];
  const wished = larger(missing, settings.automaticDepositUnits);
  const added = rooms.reduce((least, room) => room < least ? room : least, wished);
  await addDeposit(state, row.ref, added < missing ? missing : added);
}

/** The open channel with the most left; throws where there is one that may not be used yet. */
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

/** A channel that the chain knows: opened by the peer, or by us before the disk was lost. */
async function adopted(state: ManagerState, peer: PinnedPeer): Promise<ChannelRow | null> {
  return (await adoptWith(state, peer)).length > 0 ? await usable(state, peer) : null;
}

async function free({ deps }: ManagerState, row: ChannelRow): Promise<bigint> {
  const payer = row.channelId === null ? null : await deps.store.payerChannel(row.channelId);
  return row.depositUnits - (payer?.signed ?? 0n);
}

/** Opened by the other side with a grace that would keep a deposit of ours for too long; we have none in it yet. */
function locksTooLong({ settings }: ManagerState, row: ChannelRow): boolean {
  return row.depositUnits === 0n && row.settlementTimeoutS > settings.maxSettlementTimeoutS;
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
