/**
 * Whether packets that pay through a channel may be taken: only while we would see a close in time and could pay for the claims that
 * answer it (docs/money.md#channels).
 *
 * @module
 */
import { codeOf } from "../../base/thrown.ts";
import { takesPackets } from "../../store/channel_status.ts";
import type { ManagerState } from "./manager_state.ts";

/** Gas of one claim, with room; two must be affordable. */
const CLAIM_GAS = 150_000n;
const GAS_MAX_AGE_MS = 60_000;
/** A channel that we have no row of yet is watched as strictly as the shortest grace asks. */
const SHORTEST_GRACE_S = 3_600;

/** The guard of one manager. */
export class PacketGuard {
  #gas: { readonly atMs: number; readonly enough: Promise<boolean> } | null = null;
  #headSeenAtMs = -Infinity;

  /** A guard over what the manager knows. */
  constructor(readonly state: ManagerState) {}

  /** Why not; null where they may be taken. */
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

  /** Told by the channel watch. */
  seen(atMs: number): void {
    this.#headSeenAtMs = Math.max(this.#headSeenAtMs, atMs);
  }

  async #head(maxAgeMs: number): Promise<boolean> {
    const { timers, chain } = this.state.deps;
    if (timers.now() - this.#headSeenAtMs <= maxAgeMs / 2) return true;
    try {
      this.seen((await chain.head(maxAgeMs / 2)).seenAtMs);
    } catch {
      // What was seen before still counts until it is too old.
    }
    return timers.now() - this.#headSeenAtMs <= maxAgeMs;
  }

  #hasGas(): Promise<boolean> {
    const now = this.state.deps.timers.now();
    if (this.#gas === null || Math.abs(now - this.#gas.atMs) > GAS_MAX_AGE_MS) {
      const before = this.#gas?.enough ?? Promise.resolve(true);
      // An RPC that fails says nothing about gas; the head's age is what counts then.
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
