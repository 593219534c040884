/**
 * The life of a manager: it starts at its first use, restarts if its chain was restarted from genesis, and watches until it is stopped.
 *
 * @module
 */
import { codeText, messageOf } from "../../base/thrown.ts";
import type { ChannelRow } from "../../store/store.ts";
import { ChannelError } from "../claims/channel_manager.ts";
import { closeChannel } from "./closing.ts";
import type { ChannelManagerDeps, ChannelManagerSettings } from "./manager_options.ts";
import { type ManagerState, startManager } from "./manager_state.ts";
import { finishDeposit, finishOpening } from "./opening.ts";
import { PacketGuard } from "./packet_guard.ts";
import { endPackets } from "./settled_packets.ts";
import { pause } from "../../base/pause.ts";
import { unlessAborted } from "../../base/until_aborted.ts";
import { ChannelWatch } from "./channel_watch.ts";

/** How long a stop waits for running work on a channel that waits for the chain, in milliseconds. */
const STOP_MS = 1_000;

/** A running manager. */
interface Running {
  readonly state: ManagerState;
  readonly guard: PacketGuard;
  readonly watch: ChannelWatch;
}

/** Starts, watches and stops a manager. */
export class ManagerLife {
  readonly #stopped = new AbortController();
  readonly #unwatched = new AbortController();
  #starting: Promise<Running> | null = null;
  #watching: Promise<void> | null = null;
  /** The end of the watch's first round. */
  readonly #looked = Promise.withResolvers<void>();
  #failing = false;
  #running: Running | null = null;

  /** A manager that has not started. */
  constructor(readonly settings: ChannelManagerSettings, readonly deps: ChannelManagerDeps) {}

  /** The manager. The first call starts it. Rejects with the errors of chain and store. */
  async ready(): Promise<Running> {
    if (this.#stopped.signal.aborted) {
      throw new ChannelError("state", "the channel manager was closed");
    }
    const starting = this.#starting ??= this.#start();
    try {
      return await starting;
    } catch (error) {
      if (this.#starting === starting) this.#starting = null;
      throw error;
    }
  }

  /**
   * Like {@link ready}, but checks the chain's genesis. If it was restarted from genesis, it is another chain, and the manager starts
   * again.
   */
  async fresh(): Promise<Running> {
    const running = await this.ready();
    const { genesisHash } = await this.deps.chain.contracts();
    if (genesisHash === running.state.contracts.genesisHash) return running;
    this.#starting = this.#running = null;
    await running.state.lane.close();
    return await this.ready();
  }

  /** Like {@link ready}. If it watches, the first round is over, so that closes from before its start are known. */
  async looked(): Promise<Running> {
    if (this.#watching !== null) await this.#looked.promise;
    return await this.ready();
  }

  /**
   * Whether it may be stopped now and started again later: it watches, the last round reached the chain, no channel is in work, no
   * transaction is under way, and no warning holds.
   */
  mayRest(): boolean {
    if (this.#watching === null || this.#unwatched.signal.aborted || this.#failing) return false;
    if (this.#running === null) return false;
    const { state: { book, lane }, watch } = this.#running;
    const isFunded = book.rows.every(({ status, depositUnits, wantedUnits }) =>
      status !== "open" || depositUnits >= wantedUnits
    );
    return isFunded && watch.isCalm && watch.hasNoWarnings && lane.attempts.length === 0;
  }

  /** Watches all channels until it is stopped. */
  watch(): Promise<void> {
    return this.#watching ??= this.#watch();
  }

  /** Ends {@link watch} after its round. */
  stopWatching(): void {
    this.#unwatched.abort();
  }

  /** Stops. The next start continues the work under way. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    // If the chain does not answer, the stop does not wait longer.
    const late = pause(STOP_MS, undefined, this.deps.timers);
    const running = await Promise.race([this.#starting?.catch(() => null), late]);
    await running?.state.lane.close();
    await Promise.race([this.#watching, late]);
  }

  async #start(): Promise<Running> {
    const state = await startManager(this.settings, this.deps, this.#stopped.signal);
    const guard = new PacketGuard(state);
    for (const row of state.book.rows) this.#goOn(state, row);
    return this.#running = { state, guard, watch: new ChannelWatch(state, guard) };
  }

  /** Finishes the work on a channel that was begun before this start. If that fails, the next start tries again. */
  #goOn(state: ManagerState, row: ChannelRow): void {
    const work = unfinished(state, row);
    if (work === null) return;
    state.exclusive(row.ref, work).catch((error) => {
      const [code, message] = [codeText(error), messageOf(error)];
      this.deps.log("warn", "cannot finish the transactions that were begun", {
        channel: row.ref.slice(0, 10),
        code,
        message,
      });
    });
  }

  /** One round; whether the next one may come later. */
  async #look(): Promise<boolean> {
    const running = await this.ready();
    // Nothing depends on this question, so a stop does not wait for a chain that is away.
    const head = await unlessAborted(this.#stopped.signal, this.deps.chain.head(0));
    const same = head.genesisHash === running.state.contracts.genesisHash;
    const { watch } = same ? running : await this.fresh();
    await watch.look(head);
    return watch.isCalm;
  }

  async #watch(): Promise<void> {
    const { timers, log } = this.deps;
    const signal = AbortSignal.any([this.#stopped.signal, this.#unwatched.signal]);
    while (!signal.aborted) {
      let calm = false;
      try {
        calm = await this.#look();
        if (this.#failing) log("info", "the chain is watched again");
        this.#failing = false;
      } catch (error) {
        if (!this.#failing && !signal.aborted) {
          const [code, message] = [codeText(error), messageOf(error)];
          log("warn", "the chain cannot be watched", { code, message });
        }
        this.#failing = true;
      }
      this.#looked.resolve();
      await pause(this.settings.watchEveryMs * (calm ? CALM_ROUNDS : 1), signal, timers);
    }
    this.#looked.resolve();
  }
}

/** While no channel is in work, only every third round takes place. */
const CALM_ROUNDS = 3;

function unfinished(state: ManagerState, row: ChannelRow): (() => Promise<unknown>) | null {
  const { ref, status, channelId } = row;
  if (status === "opening") return () => finishOpening(state, ref);
  if (status === "closing") return () => closeChannel(state, ref);
  if (status === "settled") return () => endPackets(state, ref);
  if (status === "open" && row.depositUnits < row.wantedUnits) {
    return () => finishDeposit(state, ref, Promise.resolve(channelId!));
  }
  return null;
}
