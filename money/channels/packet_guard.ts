/**
 * Decides whether packets that pay through a channel may be accepted. They may only while we would notice a close in time and could pay for
 * the claims that answer it (docs/money.md#channels).
 *
 * @module
 */
import { codeOf } from "../../base/thrown.ts";
import { takesPackets } from "../../store/channel_status.ts";
import type { ManagerState } from "./manager_state.ts";

/** The gas of one claim, rounded up. The account must be able to pay for two. */
const CLAIM_GAS = 150_000n;
const GAS_MAX_AGE_MS = 60_000;
/** A channel without a row is watched as strictly as one with this shortest grace, in seconds. */
const SHORTEST_GRACE_S = 3_600;

/** The packet guard of one manager. */
export class PacketGuard {
  #gas: { readonly atMs: number; readonly enough: Promise<boolean> } | null = null;
  #headSeenAtMs = -Infinity;

  /** A guard over the manager's state. */
  constructor(readonly state: ManagerState) {}

  /** Why packets are refused. Null if they may be accepted. */
  async refuses(channelId: string): Promise<string | null> {
    const row = this.state.book.byId(channelId);
    if (row !== null && !takesPackets(row.status)) {
      return `the channel is ${row.status}`;
    }
    const graceMs = (row?.settlementTimeoutS ?? SHORTEST_GRACE_S) * 1_000;
    const head = this.#head(graceMs / 12);
    const gas = this.#hasGas();
    if (!await head) return "the chain was not seen for too long to watch the channel";
    if (!await gas) return "gas for two claims is missing";
    return null;
  }

  /** Records when the channel watch last saw the chain. */
  seen(atMs: number): void {
    this.#headSeenAtMs = Math.max(this.#headSeenAtMs, atMs);
  }

  async #head(maxAgeMs: number): Promise<boolean> {
    const { timers, chain } = this.state.deps;
    if (timers.now() - this.#headSeenAtMs <= maxAgeMs / 2) return true;
    try {
      this.seen((await chain.head(maxAgeMs / 2)).seenAtMs);
    } catch {
      // The last head counts until it is too old.
    }
    return timers.now() - this.#headSeenAtMs <= maxAgeMs;
  }

  #hasGas(): Promise<boolean> {
    const now = this.state.deps.timers.now();
    if (this.#gas === null || Math.abs(now - this.#gas.atMs) > GAS_MAX_AGE_MS) {
      const before = this.#gas?.enough ?? Promise.resolve(true);
      // A failing RPC says nothing about the account's gas, so the last answer is kept. The age of the head still limits acceptance.
      this.#gas = { atMs: now, enough: this.#askGas().catch(() => before) };
    }
    return this.#gas.enough;
  }

  async #askGas(): Promise<boolean> {
    const { own, deps } = this.state;
    try {
      const [{ gasWei }, { maxFeePerGasWei }] = await Promise.all([
        deps.chain.funds(own),
        deps.chain.quote({ call: "cancel" }, own),
      ]);
      return gasWei >= 2n * CLAIM_GAS * maxFeePerGasWei;
    } catch (error) {
      if (codeOf(error) === "funds") return false;
      throw error;
    }
  }
}
