/**
 * What the chain says about channels, remembered for a short time; channels that nobody knows are asked for at a limited rate,
 * since anyone can name one.
 *
 * Held: at most 4,096 known channels; the oldest goes first.
 *
 * @module
 */
import type { Chain, ChannelFacts } from "../evm/chain.ts";
import { RateLimit } from "../../base/rate_limit.ts";
import type { Timers } from "../../base/timers.ts";

const MAX_KNOWN = 4_096;
const MAX_AGE_MS = 3_000;
/** Facts that are asked for again because they speak against a claim. */
const MIN_AGE_MS = 200;

interface Known {
  readonly facts: ChannelFacts;
  readonly atMs: number;
  /** Of a block that was asked for then, not of the last one that was seen. */
  readonly fresh: boolean;
}

/** A cache in front of the chain. */
export class ChannelFactsCache {
  readonly #known = new Map<string, Known>();
  readonly #asking = new Map<string, Promise<ChannelFacts | null>>();
  readonly #unknown: RateLimit;

  /** `unknownBurst` look-ups of unknown channels at once, then one a second. */
  constructor(readonly chain: Chain, readonly timers: Timers, unknownBurst = 20) {
    this.#unknown = new RateLimit(unknownBurst, 1);
  }

  /**
   * Facts at most three seconds old, null when there is no such channel, `rate_limited` when too many unknown ones were named. One
   * with an `account` has paid before and is never unknown, however many there are after a restart.
   */
  async get(channelId: string, account = false): Promise<ChannelFacts | null | "rate_limited"> {
    const now = this.timers.now();
    const known = this.#known.get(channelId);
    if (known !== undefined && Math.abs(now - known.atMs) < MAX_AGE_MS) return known.facts;
    const asked = this.#asking.get(channelId);
    if (asked !== undefined) return await asked;
    if (known === undefined && !account && !this.#unknown.take(now)) return "rate_limited";
    const asking = this.#ask(channelId, now);
    this.#asking.set(channelId, asking);
    try {
      return await asking;
    } finally {
      this.#asking.delete(channelId);
    }
  }

  /** Facts asked for now, unless those that are known are as good as new; null where the channel is gone. */
  async newer(channelId: string): Promise<ChannelFacts | null> {
    const now = this.timers.now();
    const known = this.#known.get(channelId);
    if (known?.fresh && Math.abs(now - known.atMs) < MIN_AGE_MS) return known.facts;
    return await this.#ask(channelId, now, true);
  }

  async #ask(channelId: string, now: number, fresh = false): Promise<ChannelFacts | null> {
    const facts = await this.chain.channel(channelId, { fresh });
    this.#known.delete(channelId);
    if (facts !== null) {
      this.#known.set(channelId, { facts, atMs: now, fresh });
      if (this.#known.size > MAX_KNOWN) this.#known.delete(this.#known.keys().next().value!);
    }
    return facts;
  }
}
