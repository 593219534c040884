/**
 * The channel manager (docs/money.md#channels), which works with a store, a chain and a signer. It asks the chain nothing before its first
 * use. Then it compares the store with the chain once and finishes what a crash interrupted.
 *
 * Held: one row for each channel (channel_book.ts), the transactions under way (transaction_lane.ts), and one operation for each channel or
 * peer.
 *
 * @module
 */
import { ChainError } from "../evm/chain_connection.ts";
import { isChannelEnded } from "../../store/channel_status.ts";
import type { ChannelRow, TransactionRow } from "../../store/store.ts";
import {
  ChannelError,
  type ChannelManager,
  type ChannelReceipt,
  type ChannelView,
} from "../claims/channel_manager.ts";
import type { MoneyMover } from "./money_mover.ts";
import { adoptWith } from "./adoption.ts";
import { claimBeforeEnd, claimDue } from "./claiming.ts";
import { closeChannel, noteClosed, settleChannel } from "./closing.ts";
import {
  type ChannelManagerDeps,
  type ChannelManagerOptions,
  type ChannelManagerSettings,
  channelManagerSettings,
} from "./manager_options.ts";
import { pinnedPeer, refusal } from "./manager_refusal.ts";
import { ManagerLife } from "./manager_life.ts";
import type { ManagerState } from "./manager_state.ts";
import { addDeposit, ensureChannel, openWith } from "./paying.ts";
import { planOperation } from "./plan.ts";
import { halt, proveChannel } from "./recovery.ts";
import { receiptOf, viewOf } from "./views.ts";
import { within } from "./within.ts";

/** A manager that can be stopped. */
export interface OpenChannelManager extends ChannelManager, MoneyMover, AsyncDisposable {
  /** Whether it may be stopped now and started again later (docs/money.md#closing). */
  mayRest(): boolean;
  /** Stops at once. The next start continues the work under way. */
  stop(): Promise<void>;
}

/**
 * Makes a manager.
 *
 * @throws nothing itself; each method rejects with ChannelError
 */
export function createChannelManager(
  options: ChannelManagerOptions,
  deps: ChannelManagerDeps,
): OpenChannelManager {
  const settings: { -readonly [Key in keyof ChannelManagerSettings]: ChannelManagerSettings[Key] } =
    channelManagerSettings(options);
  const { timers, chain, store } = deps;
  const life = new ManagerLife(settings, deps);
  const ensuring = new Map<string, Promise<ChannelRow>>();
  let isConfigured = false;

  async function view(row: ChannelRow): Promise<ChannelView> {
    const { channelId } = row;
    const [facts, payer, receiver] = channelId === null ? [null, null, null] : await Promise.all([
      chain.channel(channelId).catch(() => null),
      store.payerChannel(channelId),
      store.receiverChannel(channelId),
    ]);
    const { lowBalancePercent } = settings;
    const nowMs = timers.now();
    return viewOf({ row, facts, payer, receiver, lowBalancePercent, nowMs });
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
        `the chain took longer than ${settings.patienceMs / 1_000} s; it continues automatically`,
      ));
  }

  const operation = <T>(work: () => Promise<T>): Promise<T> =>
    work().catch((error: unknown) => refusal(error, settings.asset));

  return {
    ensure: (peer, freeUnits, options) =>
      operation(async () => {
        const { state } = await life.ready();
        const pinned = pinnedPeer(peer);
        for (;;) {
          const under = ensuring.get(pinned.address);
          if (under === undefined) break;
          await under.catch(() => {});
        }
        const work = ensureChannel(state, pinned, freeUnits, options);
        ensuring.set(pinned.address, work);
        const forget = () => void ensuring.delete(pinned.address);
        work.then(forget, forget);
        return await view(await patiently(work));
      }),
    open: ({ peer, depositUnits, settlementTimeoutS = settings.settlementTimeoutS }) =>
      operation(async () => {
        const { state } = await life.fresh();
        const startedAtMs = timers.now();
        const { ref, transactions } = await patiently(
          openWith(state, pinnedPeer(peer), depositUnits, settlementTimeoutS, false),
        );
        return receiptOf(await view(state.book.get(ref)), transactions, timers.now() - startedAtMs);
      }),
    deposit: (channel, addUnits) =>
      operation(async () => {
        const { state } = await life.fresh();
        const { ref } = state.book.find(channel);
        return await receipt(ref, state, () => addDeposit(state, ref, addUnits));
      }),
    close: (channel, { abandon = false } = {}) =>
      operation(async () => {
        const { state } = await life.fresh();
        const { ref } = state.book.find(channel);
        return await receipt(
          ref,
          state,
          () => state.exclusive(ref, () => closeChannel(state, ref, abandon)),
        );
      }),
    settle: (channel) =>
      operation(async () => {
        const { state } = await life.fresh();
        const { ref } = state.book.find(channel);
        return await receipt(
          ref,
          state,
          () => state.exclusive(ref, () => settleChannel(state, ref)),
        );
      }),
    claim: (channel) =>
      operation(async () => {
        const { state } = await life.fresh();
        const { ref } = state.book.find(channel);
        return await receipt(ref, state, async () => {
          const claimed = await claimDue(state, ref, false);
          return claimed === null ? [] : [claimed];
        });
      }),
    recover: ({ consent = false } = {}) =>
      operation(async () => {
        const { state } = await life.fresh();
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
          await state.exclusive(ref, async () => {
            await noteClosed(state, ref);
            await proveChannel(state, ref, consent);
          });
        }
        return await Promise.all(listed(book.rows).map(view));
      }),
    plan: (planned) => operation(async () => planOperation((await life.fresh()).state, planned)),
    list: () =>
      operation(async () => {
        try {
          return await Promise.all(listed((await life.ready()).state.book.rows).map(view));
        } catch (error) {
          if (!(error instanceof ChainError)) throw error;
          // The chain cannot be asked. The store's rows are still returned.
          return await Promise.all(
            listed(await store.listChainChannels({ ended: true })).map(view),
          );
        }
      }),
    refusesPackets: async (channelId) => {
      try {
        return await (await life.looked()).guard.refuses(channelId);
      } catch (error) {
        if (error instanceof ChannelError) throw error;
        return "the chain cannot be watched";
      }
    },
    halt: (channelId, reason) =>
      operation(async () => {
        const { state } = await life.ready();
        const row = state.book.byId(channelId);
        if (row !== null) await halt(state, row.ref, reason);
      }),
    price: (call) =>
      operation(async () => {
        const { contracts, own } = (await life.fresh()).state;
        const quote = await chain.quote(call, own);
        await deps.signer.checkTransaction?.({
          ...quote,
          chainId: contracts.chainId,
          nonce: 0,
          call,
        });
        return quote;
      }),
    move: (call, passphrase) =>
      operation(async () => {
        const { state } = await life.fresh();
        if (passphrase !== undefined) {
          await deps.signer.allowRecipient?.({ passphrase, recipient: call.to });
        }
        const attempt = await state.lane.submit({ call, channelRef: null });
        const { hash, blockNumber, feeWei } = await patiently(attempt.ended);
        return { hash, blockNumber, feeWei: feeWei ?? 0n };
      }),
    configure: ({ maxDepositUnits, ...limits }) => {
      isConfigured = true;
      Object.assign(settings, limits);
      // The signer's ceiling of deposits is not raised while it runs.
      if (maxDepositUnits < settings.maxDepositUnits) settings.maxDepositUnits = maxDepositUnits;
      return Promise.resolve();
    },
    watch: () => life.watch(),
    closeDown: () =>
      operation(async () => {
        const { state, watch } = await life.ready();
        life.stopWatching();
        await claimBeforeEnd(state, await watch.floorUnits(), patiently);
      }),
    // The next start would have the settings of its options.
    mayRest: () => !isConfigured && life.mayRest(),
    stop: () => life.stop(),
    [Symbol.asyncDispose]: () => life.stop(),
  };
}

/** Settled and failed channels come last, and void ones are left out. */
function listed(rows: readonly ChannelRow[]): readonly ChannelRow[] {
  const ended = ({ status }: ChannelRow) => isChannelEnded(status);
  return [...rows.filter((row) => !ended(row)), ...rows.filter(ended)]
    .filter(({ status }) => status !== "void");
}
