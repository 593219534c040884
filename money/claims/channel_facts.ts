/**
 * A cache of the chain's facts about channels, for a short time. Questions about unknown channels are limited, because anybody can name
 * one.
 *
 * Held: at most 4,096 known channels. The oldest is dropped first.
 *
 * @module
 */
import type { Chain, ChannelFacts } from "../evm/chain.ts";
import { RateLimit } from "../../base/rate_limit.ts";
import type { Timers } from "../../base/timers.ts";

const MAX_KNOWN = 4_096;
const MAX_AGE_MS = 3_000;
/** The least time between two questions that are asked because the facts contradict a claim, in milliseconds. */
const MIN_AGE_MS = 200;

interface Known {
  readonly facts: ChannelFacts;
  readonly atMs: number;
  /** True if the block was asked for at `atMs`; false if it was the last block that had been seen. */
  readonly fresh: boolean;
}

/** A cache in front of the chain. */
export class ChannelFactsCache {
  readonly #known = new Map<string, Known>();
  readonly #asking = new Map<string, Promise<ChannelFacts | null>>();
  /** Questions that wait until `MIN_AGE_MS` has passed. */
  readonly #waiting = new Map<string, Promise<ChannelFacts | null>>();
  readonly #unknown: RateLimit;

  /** Allows `unknownBurst` look-ups of unknown channels at once, then one in a second. */
  constructor(readonly chain: Chain, readonly timers: Timers, unknownBurst = 20) {
    this.#unknown = new RateLimit(unknownBurst, 1);
  }

  /**
   * Facts that are at most three seconds old. Null if there is no such channel, `rate_limited` if too many unknown ones were named. A
   * channel with an `account` has paid before and never counts as unknown, so a restart does not limit it.
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

  /**
   * Facts that the chain gives after this call. Null if the channel no longer exists. Facts younger than `MIN_AGE_MS` may be older than the
   * deposit that the claim relies on, so the caller waits for the next question. All who wait share that question.
   */
  async newer(channelId: string): Promise<ChannelFacts | null> {
    const waiting = this.#waiting.get(channelId);
    if (waiting !== undefined) return await waiting;
    const now = this.timers.now();
    const known = this.#known.get(channelId);
    const ageMs = known?.fresh ? Math.abs(now - known.atMs) : MIN_AGE_MS;
    if (ageMs >= MIN_AGE_MS) return await this.#ask(channelId, now, true);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.timers.after(MIN_AGE_MS - ageMs, resolve);
    const asked = promise.then(() => {
      this.#waiting.delete(channelId);
      return this.#ask(channelId, this.timers.now(), true);
    });
    this.#waiting.set(channelId, asked);
    return await asked;
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
