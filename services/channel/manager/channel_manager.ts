/**
 * The channel manager (MONEY 4) over a store, a chain and a signer. Nothing is asked of the chain before it is needed; then the store
 * is compared with it once, and what a crash left is finished.
 *
 * Held: a row a channel (channel_book.ts), the transactions under way (transaction_lane.ts), one operation a channel or peer.
 *
 * @module
 */
import type { MoneyMover } from "../money_mover.ts";
import { AddressError, asAddress } from "../../../protocols/evm/address.ts";
import type { ChannelRow, TransactionRow } from "../../store/store.ts";
import {
  ChannelError,
  type ChannelKeeper,
  type ChannelReceipt,
  type ChannelView,
  type PinnedPeer,
} from "../keeper.ts";
import { adoptWith } from "./adoption.ts";
import { checkAutomaticOpening, checkDeposit, lockedUnits } from "./ceilings.ts";
import { claimDue } from "./claiming.ts";
import { closeChannel, noteClosed, settleChannel } from "./closing.ts";
import { FlightFailure } from "./flight.ts";
import { type KeeperDeps, type KeeperOptions, keeperSettings } from "./keeper_options.ts";
import { type ManagerState, startManager } from "./manager_state.ts";
import { beginOpening, finishDeposit, finishOpening, untilFactsShow } from "./opening.ts";
import { PacketGuard } from "./packet_guard.ts";
import { planOperation } from "./plan.ts";
import { halt, proveChannel } from "./recovery.ts";
import { receiptOf, viewOf } from "./views.ts";
import { pause, within } from "./wait.ts";
import { Watchtower } from "./watchtower.ts";

/** A manager that ends. */
export interface OpenKeeper extends ChannelKeeper, MoneyMover, AsyncDisposable {
  /** Stops at once; what is under way is taken up by the next start. */
  stop(): Promise<void>;
}

interface Running {
  readonly state: ManagerState;
  readonly guard: PacketGuard;
  readonly tower: Watchtower;
}

/**
 * Makes a manager.
 *
 * @throws nothing by itself; each method rejects with ChannelError
 */
export function createKeeper(options: KeeperOptions, deps: KeeperDeps): OpenKeeper {
  const settings = keeperSettings(options);
  const { timers, chain, store } = deps;
  const stopped = new AbortController();
  const watchStop = new AbortController();
  const lines = new Map<string, Promise<unknown>>();
  const ensuring = new Map<string, Promise<ChannelRow>>();
  let starting: Promise<Running> | null = null;
  let watching: Promise<void> | null = null;

  /** One after the other for one key. */
  async function exclusive<T>(key: string, task: () => Promise<T>): Promise<T> {
    const before = lines.get(key) ?? Promise.resolve();
    const turn = before.then(task, task);
    lines.set(key, turn);
    try {
      return await turn;
    } finally {
      if (lines.get(key) === turn) lines.delete(key);
    }
  }

  async function start(): Promise<Running> {
    const state = await startManager(settings, deps);
    const guard = new PacketGuard(state);
    const running = { state, guard, tower: new Watchtower(state, guard, exclusive) };
    for (const row of state.book.rows) goOn(state, row);
    return running;
  }

  /** Finishes what was begun before this start; failing is noted on the row and tried again with the next one. */
  function goOn(state: ManagerState, row: ChannelRow): void {
    const work = row.status === "opening"
      ? () => finishOpening(state, row.ref)
      : row.status === "closing"
      ? () => closeChannel(state, row.ref)
      : row.status === "open" && row.depositUnits < row.wantedUnits
      ? () => finishDeposit(state, row.ref, Promise.resolve(row.channelId!))
      : null;
    if (work === null) return;
    exclusive(row.ref, work).catch((error) => {
      const { code = "error", message } = error as { code?: string; message?: string };
      deps.log("warn", "cannot finish what was begun", {
        channel: row.ref.slice(0, 10),
        code,
        message,
      });
    });
  }

  async function ready(): Promise<Running> {
    if (stopped.signal.aborted) throw new ChannelError("state", "the channel manager was closed");
    starting ??= start();
    try {
      return await starting;
    } catch (error) {
      starting = null;
      throw error;
    }
  }

  /** The chain may have been started afresh while we ran: then everything begins anew. */
  async function fresh(): Promise<Running> {
    const running = await ready();
    const { genesisHash } = await chain.contracts();
    if (genesisHash === running.state.contracts.genesisHash) return running;
    starting = null;
    await running.state.lane.close();
    return await ready();
  }

  async function view(row: ChannelRow): Promise<ChannelView> {
    const { channelId } = row;
    const [facts, payer, receiver] = channelId === null ? [null, null, null] : await Promise.all([
      chain.channel(channelId).catch(() => null),
      store.payerChannel(channelId),
      store.receiverChannel(channelId),
    ]);
    const { lowBalancePercent } = settings;
    return viewOf({ row, facts, payer, receiver, lowBalancePercent });
  }

  async function receipt(
    ref: string,
    state: ManagerState,
    work: () => Promise<readonly TransactionRow[]>,
  ): Promise<ChannelReceipt> {
    const startedAtMs = timers.now();
    const transactions = await patiently(work());
    return receiptOf(
      await view(state.book.get(ref)),
      transactions,
      timers.now() - startedAtMs,
    );
  }

  function patiently<T>(work: Promise<T>): Promise<T> {
    return within(timers, settings.patienceMs, work, () =>
      new ChannelError(
        "chain",
        `the chain took longer than ${settings.patienceMs / 1_000} s; it goes on by itself`,
      ));
  }

  async function free(row: ChannelRow): Promise<bigint> {
    const payer = row.channelId === null ? null : await store.payerChannel(row.channelId);
    return row.depositUnits - (payer?.signed ?? 0n);
  }

  async function openWith(
    state: ManagerState,
    peer: PinnedPeer,
    depositUnits: bigint,
    settlementTimeoutS: number,
    automatic: boolean,
  ): Promise<{ readonly ref: string; readonly transactions: readonly TransactionRow[] }> {
    const ref = await beginOpening(state, { peer, depositUnits, settlementTimeoutS, automatic });
    const transactions = await exclusive(ref, () => finishOpening(state, ref));
    await untilFactsShow(state, ref);
    return { ref, transactions };
  }

  async function ensureRow(
    state: ManagerState,
    peer: PinnedPeer,
    freeUnits: bigint,
  ): Promise<ChannelRow> {
    const { book } = state;
    for (const { ref, status } of book.with(peer.address)) {
      if (status === "opening") {
        await exclusive(ref, () => finishOpening(state, ref)).catch(() => {});
      }
    }
    const found = await usable(state, peer) ?? await adopted(state, peer);
    if (found === null) {
      checkAutomaticOpening(settings, book.with(peer.address), timers.now());
      const wanted = larger(freeUnits, settings.automaticDepositUnits);
      const room = settings.maxDepositUnits;
      const deposit = freeUnits <= room && wanted > room ? room : wanted;
      const { ref } = await openWith(state, peer, deposit, settings.settlementTimeoutS, true);
      return book.get(ref);
    }
    const missing = freeUnits - await free(found);
    if (missing <= 0n) return found;
    await raise(state, found, missing);
    return book.get(found.ref);
  }

  /** Deposits what is missing, and by itself as much again as a new channel gets, within the ceilings. */
  async function raise(state: ManagerState, row: ChannelRow, missing: bigint): Promise<void> {
    const { book } = state;
    const locked = lockedUnits(book.rows);
    const rooms = [settings.maxDepositUnits - row.wantedUnits, settings.maxLockedUnits - locked];
    const wished = larger(missing, settings.automaticDepositUnits);
    const added = rooms.reduce((least, room) => room < least ? room : least, wished);
    await addDeposit(state, row.ref, added < missing ? missing : added);
  }

  async function addDeposit(state: ManagerState, ref: string, addUnits: bigint) {
    return await exclusive(ref, async () => {
      const { book, own } = state;
      const row = book.get(ref);
      if (row.status !== "open") {
        throw new ChannelError("state", `Cannot deposit: the channel is ${row.status}`);
      }
      checkDeposit(settings, book.rows, row.wantedUnits + addUnits, addUnits);
      const { tokenRaw } = await chain.funds(own);
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

  /** The open channel with the most left; throws where there is one that may not be used yet. */
  async function usable(state: ManagerState, peer: PinnedPeer): Promise<ChannelRow | null> {
    const rows = state.book.with(peer.address);
    let best: { readonly row: ChannelRow; readonly free: bigint } | null = null;
    for (const row of rows) {
      if (row.status !== "open" || row.halted !== null) continue;
      const units = await free(row);
      if (best === null || units > best.free) best = { row, free: units };
    }
    if (best !== null) return best.row;
    for (const row of rows) {
      if (row.status === "recovering") await proveChannel(state, row.ref, false);
      const now = state.book.get(row.ref);
      if (now.status === "open" && now.halted === null) return now;
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
    const rows = await adoptWith(state, peer);
    const fit = rows.some(({ status, settlementTimeoutS }) =>
      status === "recovering" ||
      status === "open" && settlementTimeoutS <= settings.maxSettlementTimeoutS
    );
    return fit ? await usable(state, peer) : null;
  }

  const operation = <T>(work: () => Promise<T>): Promise<T> => work().catch(refusal);

  return {
    ensure: (peer, freeUnits) =>
      operation(async () => {
        const { state } = await ready();
        const pinned = pinnedPeer(peer);
        for (;;) {
          const under = ensuring.get(pinned.address);
          if (under === undefined) break;
          await under.catch(() => {});
        }
        const work = ensureRow(state, pinned, freeUnits);
        ensuring.set(pinned.address, work);
        const forget = () => void ensuring.delete(pinned.address);
        work.then(forget, forget);
        return await view(await patiently(work));
      }),
    open: ({ peer, depositUnits, settlementTimeoutS = settings.settlementTimeoutS }) =>
      operation(async () => {
        const { state } = await fresh();
        const startedAtMs = timers.now();
        const { ref, transactions } = await patiently(
          openWith(state, pinnedPeer(peer), depositUnits, settlementTimeoutS, false),
        );
        return receiptOf(await view(state.book.get(ref)), transactions, timers.now() - startedAtMs);
      }),
    deposit: (channel, addUnits) =>
      operation(async () => {
        const { state } = await fresh();
        const { ref } = state.book.find(channel);
        return await receipt(ref, state, () => addDeposit(state, ref, addUnits));
      }),
    close: (channel) =>
      operation(async () => {
        const { state } = await fresh();
        const { ref } = state.book.find(channel);
        return await receipt(ref, state, () => exclusive(ref, () => closeChannel(state, ref)));
      }),
    settle: (channel) =>
      operation(async () => {
        const { state } = await fresh();
        const { ref } = state.book.find(channel);
        return await receipt(ref, state, () => exclusive(ref, () => settleChannel(state, ref)));
      }),
    claim: (channel) =>
      operation(async () => {
        const { state } = await fresh();
        const { ref } = state.book.find(channel);
        return await receipt(ref, state, async () => {
          const claimed = await claimDue(state, ref, false);
          return claimed === null ? [] : [claimed];
        });
      }),
    recover: ({ consent = false } = {}) =>
      operation(async () => {
        const { state } = await fresh();
        const { book } = state;
        const peers = new Map(settings.peers.map((peer) => {
          const pinned = pinnedPeer(peer);
          return [pinned.address, pinned];
        }));
        for (const { peerAddress, peerName } of book.rows) {
          if (!peers.has(peerAddress)) {
            peers.set(peerAddress, { name: peerName, address: peerAddress });
          }
        }
        for (const peer of peers.values()) {
          await adoptWith(state, peer);
        }
        for (const { ref } of book.rows) {
          await exclusive(ref, async () => {
            await noteClosed(state, ref);
            await proveChannel(state, ref, consent);
          });
        }
        return await Promise.all(listed(book.rows).map(view));
      }),
    plan: (planned) => operation(async () => planOperation((await fresh()).state, planned)),
    list: () =>
      operation(async () => {
        try {
          return await Promise.all(listed((await ready()).state.book.rows).map(view));
        } catch (error) {
          if ((error as { name?: string }).name !== "ChainError") throw error;
          // The chain is away: what the store knows is still worth seeing.
          return await Promise.all(
            listed(await store.listChainChannels({ ended: true })).map(view),
          );
        }
      }),
    refusesPackets: async (channelId) => {
      try {
        return await (await ready()).guard.refuses(channelId);
      } catch (error) {
        if (error instanceof ChannelError) throw error;
        return "the chain cannot be watched";
      }
    },
    halt: (channelId, reason) =>
      operation(async () => {
        const { state } = await ready();
        const row = state.book.byId(channelId);
        if (row !== null) await halt(state, row.ref, reason);
      }),
    move: (call) =>
      operation(async () => {
        const { state } = await fresh();
        const flight = await state.lane.submit({ call, channelRef: null });
        const { hash, blockNumber, feeWei } = await patiently(flight.ended);
        return { hash, blockNumber, feeWei: feeWei ?? 0n };
      }),
    watch: () => watching ??= watch(),
    closeDown: () =>
      operation(async () => {
        const { state } = await ready();
        watchStop.abort();
        await Promise.all(state.book.rows.map(async ({ ref, status }) => {
          if (!["open", "closing", "closed", "recovering"].includes(status)) return;
          await patiently(claimDue(state, ref, false)).catch((error) => {
            deps.log("warn", "cannot claim before the end", { message: String(error) });
          });
        }));
      }),
    stop,
    [Symbol.asyncDispose]: stop,
  };

  async function stop(): Promise<void> {
    stopped.abort();
    const running = await starting?.catch(() => null);
    await running?.state.lane.close();
    await watching;
  }

  async function watch(): Promise<void> {
    const signal = AbortSignal.any([stopped.signal, watchStop.signal]);
    let failing = false;
    while (!signal.aborted) {
      try {
        await (await fresh()).tower.look();
        if (failing) deps.log("info", "the chain is watched again");
        failing = false;
      } catch (error) {
        if (!failing && !signal.aborted) {
          const { code = "error", message } = error as { code?: string; message?: string };
          deps.log("warn", "the chain cannot be watched", { code, message });
        }
        failing = true;
      }
      await pause(timers, settings.watchEveryMs, signal);
    }
  }
}

function pinnedPeer({ name, address }: PinnedPeer): PinnedPeer {
  try {
    return { name: name.slice(0, 200), address: asAddress(address, "peer address") };
  } catch (cause) {
    if (!(cause instanceof AddressError)) throw cause;
    throw new ChannelError("terms", `Cannot open a channel: ${cause.message}`, { cause });
  }
}

/** Settled and failed ones last. */
function listed(rows: readonly ChannelRow[]): readonly ChannelRow[] {
  const ended = ({ status }: ChannelRow) => status === "settled" || status === "failed";
  return [...rows.filter((row) => !ended(row)), ...rows.filter(ended)]
    .filter(({ status }) => status !== "void");
}

/** Every other refusal as the manager's own. */
function refusal(error: unknown): never {
  if (error instanceof ChannelError) throw error;
  const message = error instanceof Error ? error.message : String(error);
  const { code, name } = error as { code?: string; name?: string };
  // By name and code: behind a port the class is another.
  if (code === "ceiling") throw new ChannelError("ceiling", message, { cause: error });
  if (error instanceof FlightFailure || name === "SignerError" || code === "reverted") {
    throw new ChannelError("failed", message, { cause: error });
  }
  if (code === "funds") throw new ChannelError("funds", message, { cause: error });
  throw new ChannelError("chain", message, { cause: error });
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
