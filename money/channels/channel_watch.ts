/**
 * Watches all channels with a few questions in each round. It acts on closes, deposits and settlements by others, claims early, settles
 * when it is due, and warns about low balances. Work on one channel does not delay the others.
 *
 * Held: one task for each channel.
 *
 * @module
 */
import { codeText, messageOf } from "../../base/thrown.ts";
import { isInWork, isOnChain } from "../../store/channel_status.ts";
import type { ChainHead } from "../evm/chain_connection.ts";
import type { ChannelRow, ReceiverChannelRow } from "../../store/store.ts";
import { adoptReceived } from "./adoption.ts";
import { claimDue } from "./claiming.ts";
import { noteClosed, settleChannel } from "./closing.ts";
import { type GasWorth, gasWorth } from "../claims/gas_worth.ts";
import type { ManagerState } from "./manager_state.ts";
import type { PacketGuard } from "./packet_guard.ts";
import { endPackets } from "./settled_packets.ts";
import { isLow, nameOf } from "./views.ts";

/** Every channel is checked this often, even if the logs show no event of it, in milliseconds. */
const SWEEP_MS = 60_000;
/** Blocks that are read again, because a reorganisation may have changed their logs. */
const OVERLAP = 8;
/** While the newest block stays the same, this many rounds do nothing more. Then one round checks the channels anyway. */
const QUIET_ROUNDS = 8;

/** The channel watch of one manager. */
export class ChannelWatch {
  readonly #tasks = new Map<string, Promise<void>>();
  readonly #low = new Set<string>();
  readonly #alarmed = new Set<string>();
  readonly #ended = new Set<string>();
  #seen: ReadonlySet<string> = new Set();
  #fromBlock: number | null = null;
  #sweptAtMs = -Infinity;
  #lookedAt = "";
  #quiet = 0;
  readonly #gas: GasWorth;

  /** A channel watch over a manager's state. */
  constructor(readonly state: ManagerState, readonly guard: PacketGuard) {
    const { deps, settings } = state;
    this.#gas = gasWorth(deps.chain, settings.unitsPerNative, deps.timers);
  }

  /** One round. Rejects if the chain cannot be asked. The next round then continues without loss. */
  async look(head: ChainHead): Promise<void> {
    const { deps, book } = this.state;
    this.guard.seen(head.seenAtMs);
    // Without a new block, nothing has happened on the chain.
    if (head.blockHash === this.#lookedAt && this.#quiet < QUIET_ROUNDS) {
      this.#quiet += 1;
      return;
    }
    const rows = await deps.store.listReceiverChannels();
    await adoptReceived(this.state, rows);
    const received = new Map(rows.map((row) => [row.channelId, row]));
    const alive = book.rows.filter(({ channelId, status }) =>
      channelId !== null && isOnChain(status)
    );
    const touched = await this.#touched(alive);
    for (const row of alive) {
      if (touched.has(row.channelId!) || row.status === "closed") {
        await noteClosed(this.state, row.ref);
      }
    }
    const floorUnits = await this.floorUnits();
    for (const { ref } of alive) {
      const row = book.get(ref);
      if (row.status === "settled") this.#lost(row, received.get(row.channelId!));
      else if (row.status === "closed") {
        this.#afterClose(row, received.get(row.channelId!), head.timestampMs);
      } else this.#claimEarly(row, received.get(row.channelId!), floorUnits);
    }
    this.#endPackets();
    await this.#warnLow(alive);
    this.#lookedAt = head.blockHash;
    this.#quiet = 0;
  }

  /**
   * Ends the packets of settled channels, once for each. The receiver's chain facts may show the settlement some blocks after the row does.
   */
  #endPackets(): void {
    for (const { ref, status } of this.state.book.rows) {
      if (status !== "settled" || this.#ended.has(ref)) continue;
      this.#task(ref, "end its packets", async () => {
        if (await endPackets(this.state, ref)) this.#ended.add(ref);
      });
    }
  }

  /**
   * The least amount that is claimed while a channel is open: twice the gas cost of a claim, so that at least half of the amount is left.
   * Null if the chain does not state the price of gas. A close is answered in any case.
   */
  async floorUnits(): Promise<bigint | null> {
    const { claimFloorUnits } = this.state.settings;
    const claimUnits = await this.#gas.claimUnits().catch(() => null);
    if (claimUnits === null) return null;
    return 2n * claimUnits > claimFloorUnits ? 2n * claimUnits : claimFloorUnits;
  }

  /** Whether no work on a channel is under way, and none waits for the chain. */
  get isCalm(): boolean {
    return this.#tasks.size === 0 && this.state.book.rows.every(({ status }) => !isInWork(status));
  }

  /** Whether nothing was warned about that still holds. A watch that starts again would warn again. */
  get hasNoWarnings(): boolean {
    return this.#low.size === 0 && this.#alarmed.size === 0;
  }

  /** Resolves when no task is running. */
  async idle(): Promise<void> {
    while (this.#tasks.size > 0) await Promise.all(this.#tasks.values());
  }

  /** The channels with new events. At times all channels. */
  async #touched(alive: readonly ChannelRow[]): Promise<ReadonlySet<string>> {
    const { deps } = this.state;
    const ids = alive.map(({ channelId }) => channelId!);
    const now = deps.timers.now();
    if (this.#fromBlock === null || now - this.#sweptAtMs >= SWEEP_MS) {
      const head = await deps.chain.head();
      this.#fromBlock = Math.max(0, head.blockNumber - OVERLAP);
      this.#sweptAtMs = now;
      return new Set(ids);
    }
    if (ids.length === 0) return new Set();
    const { events, toBlock } = await deps.chain.channelEvents(ids, this.#fromBlock);
    this.#fromBlock = Math.max(0, toBlock - OVERLAP);
    const keys = events.map(({ name, transactionHash, blockHash, channelId, confirmed }) =>
      `${name} ${transactionHash} ${blockHash} ${channelId} ${confirmed}`
    );
    // The overlap returns the same events again. Only events that are new or newly confirmed count.
    const fresh = events.filter((_, at) => !this.#seen.has(keys[at]));
    this.#seen = new Set(keys);
    return new Set(fresh.map(({ channelId }) => channelId));
  }

  #afterClose(
    row: ChannelRow,
    received: ReceiverChannelRow | undefined,
    chainNowMs: number,
  ): void {
    const { settings, deps } = this.state;
    const open = (received?.credited ?? 0n) > row.claimedUnits;
    const closedAtMs = row.settleAtMs === null
      ? null
      : row.settleAtMs - row.settlementTimeoutS * 1_000;
    const late = closedAtMs !== null &&
      chainNowMs > closedAtMs + row.settlementTimeoutS * 250;
    if (open && late && !this.#alarmed.has(row.ref)) {
      this.#alarmed.add(row.ref);
      deps.log("error", "a quarter of the grace is over and the claim is not paid", {
        channel: nameOf(row),
        units: String(received!.credited - row.claimedUnits),
      });
    }
    if (open) this.#task(row.ref, "claim", () => claimDue(this.state, row.ref, true));
    else if (settings.settleByItself && row.settleAtMs !== null && chainNowMs >= row.settleAtMs) {
      this.#task(
        row.ref,
        "settle",
        () => this.state.exclusive(row.ref, () => settleChannel(this.state, row.ref)),
      );
    }
  }

  /** No side claimed in time. This is logged once, because the row is not checked again. */
  #lost(row: ChannelRow, received: ReceiverChannelRow | undefined): void {
    const units = (received?.credited ?? 0n) - row.claimedUnits;
    if (units <= 0n) return;
    this.state.deps.log("error", "a channel was settled before we claimed", {
      channel: nameOf(row),
      lost: String(units),
    });
  }

  #claimEarly(
    row: ChannelRow,
    received: ReceiverChannelRow | undefined,
    floorUnits: bigint | null,
  ): void {
    const { settings, deps } = this.state;
    if (received === undefined || floorUnits === null || row.status === "closing") return;
    const units = received.credited - row.claimedUnits;
    const since = deps.timers.now() - (row.claimedAtMs ?? row.createdAtMs);
    // If the clock was set back, the claim is made at once, because otherwise it would be delayed by that time.
    const due = units >= floorUnits &&
      (units >= settings.claimAboveUnits || since >= settings.claimEveryMs || since < 0);
    if (units > 0n && due) this.#task(row.ref, "claim", () => claimDue(this.state, row.ref, false));
  }

  async #warnLow(alive: readonly ChannelRow[]): Promise<void> {
    const { deps, settings } = this.state;
    const signed = new Map(
      (await deps.store.listPayerChannels()).map((row) => [row.channelId, row.signed]),
    );
    for (const row of alive) {
      const units = signed.get(row.channelId!) ?? 0n;
      if (!isLow(row.depositUnits, units, settings.lowBalancePercent)) this.#low.delete(row.ref);
      else if (!this.#low.has(row.ref) && row.status === "open") {
        this.#low.add(row.ref);
        deps.log("warn", `a channel is below ${settings.lowBalancePercent} % of its deposit`, {
          channel: nameOf(row),
          left: String(row.depositUnits - units),
        });
      }
    }
  }

  #task(ref: string, what: string, work: () => Promise<unknown>): void {
    if (this.#tasks.has(ref)) return;
    const task = work().then(() => {}, (error) => {
      const [code, message] = [codeText(error), messageOf(error)];
      this.state.deps.log("warn", `cannot ${what}`, { channel: ref.slice(0, 10), code, message });
    }).finally(() => this.#tasks.delete(ref));
    this.#tasks.set(ref, task);
  }
}
