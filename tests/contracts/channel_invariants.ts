/** What a channel contract must never break, whatever was called: summed from token transfers, independent of the model. */
import assert from "node:assert/strict";
import type { Address, Hex } from "viem";
import type { Call, ModelChannel } from "./channel_model.ts";
import { type Reading, total } from "./channel_reading.ts";

/** The invariants of one run. */
export class ChannelInvariants {
  readonly #actors: readonly Address[];
  readonly #supply: bigint;
  /** The tokens of each channel, summed from token transfers, independent of what the contract reports. */
  readonly #held = new Map<Hex, bigint>();
  /** The highest amount that each payer signed on a channel, and what the other side was paid, also summed from transfers. */
  readonly #signed = new Map<string, bigint>();
  readonly #paid = new Map<string, bigint>();
  readonly #settled = new Set<Hex>();

  constructor(actors: readonly Address[], first: Reading) {
    this.#actors = actors;
    this.#supply = total(first.balances.values()) + first.locked;
  }

  /** A payer signed that the payee of this channel gets so much in all. */
  signed(channelId: Hex, payee: Address, amount: bigint): void {
    const key = `${channelId} ${payee}`;
    const most = this.#signed.get(key) ?? 0n;
    this.#signed.set(key, amount > most ? amount : most);
  }

  /**
   * Checks what a call changed from `was` to `seen`. `before` are the channels of the model before it, `now` is the time of its block
   * in seconds.
   */
  hold(
    call: Call,
    error: string | null,
    { was, seen, before, now }: {
      readonly was: Reading;
      readonly seen: Reading;
      readonly before: readonly ModelChannel[];
      readonly now: bigint;
    },
  ): void {
    const what = told(call);
    const broken = (rule: string) => `invariant: ${rule}: ${what}`;
    const change = (account: Address) => seen.balances.get(account)! - was.balances.get(account)!;
    const lockedChange = seen.locked - was.locked;
    assert.equal(
      total(seen.balances.values()) + seen.locked,
      this.#supply,
      broken("no token lost"),
    );
    if (error !== null) assert.equal(lockedChange, 0n, broken("a refusal moves nothing"));
    for (const address of this.#actors) {
      const mayFall = call.fn === "setTotalDeposit" && call.by === address;
      assert.ok(mayFall || change(address) >= 0n, broken("only a deposit takes from an account"));
    }
    if (error === null && "id" in call) {
      assert.ok(!this.#settled.has(call.id), broken("a settled channel is over"));
      const held = (this.#held.get(call.id) ?? 0n) + lockedChange;
      assert.ok(held >= 0n, broken("a channel pays out its own deposits alone"));
      this.#held.set(call.id, held);
      if (call.fn === "settleChannel") {
        this.#settled.add(call.id);
        const { closedAt, timeoutS, state } = before.find(({ id }) => id === call.id)!;
        const due = state === 2 && now >= closedAt + timeoutS;
        assert.ok(due, broken("no settlement before the timeout"));
        assert.equal(held, 0n, broken("a settlement leaves nothing"));
      }
    }
    if (call.fn === "claimFromChannel" && error === null) {
      const key = `${call.id} ${call.by}`;
      const paid = (this.#paid.get(key) ?? 0n) + change(call.by);
      this.#paid.set(key, paid);
      const signed = this.#signed.get(key) ?? 0n;
      assert.ok(paid <= signed, broken("nobody is paid more than was signed"));
    }
    for (const [key, side] of seen.sides) {
      const last = was.sides.get(key);
      const rose = side.nonce > (last?.nonce ?? 0n);
      assert.ok(side.nonce >= (last?.nonce ?? 0n), broken("a nonce never goes back"));
      assert.ok(rose || side.paid === (last?.paid ?? 0n), broken("a nonce pays once"));
      assert.ok(side.paid <= side.deposit, broken("no side pays more than its deposit"));
    }
    let promised = 0n;
    for (const [id, channel] of seen.channels) {
      const state = was.channels.get(id)?.state ?? 0;
      assert.ok(
        channel.state === state || channel.state === state + 1,
        broken("states go forward"),
      );
      if (channel.state === 3) continue;
      for (const party of channel.parties) {
        const { deposit, paid } = seen.sides.get(`${id} ${party}`)!;
        promised += deposit - paid;
      }
    }
    assert.ok(seen.locked >= promised, broken("tokens are at least deposits less what was paid"));
  }
}

/** A call as text, for messages. */
export function told(call: Call | null): string {
  return JSON.stringify(call, (_, value) => typeof value === "bigint" ? value.toString() : value);
}
