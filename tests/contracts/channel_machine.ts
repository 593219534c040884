/** Runs steps on a real node: the contract must keep its invariants and behave like the model. */
import assert from "node:assert/strict";
import { type Address, type Hex } from "viem";
import type { HDAccount } from "viem/accounts";
import { type Chain, highS, proofOf, withV } from "./chain.ts";
import { type Call, ChannelModel, type ModelChannel } from "./channel_model.ts";
import { ChannelInvariants, told } from "./channel_invariants.ts";
import { read, type Reading } from "./channel_reading.ts";
import type { Step, Who } from "./channel_steps.ts";

/** A signature, and whether it is valid on this chain and contract without a change. */
interface Signed {
  readonly proof: { readonly channelId: Hex; readonly nonce: bigint; readonly amount: bigint };
  readonly signature: Hex;
  readonly signer: Address | null;
}

/** How often each outcome was seen, for a test that the steps reach every rule. */
export type Tally = Map<string, number>;

/**
 * Runs steps against the token network at `network`. Throws AssertionError: `invariant: ...` for money in the wrong hands, `refusal:
 * ...` for a call that should have been refused otherwise or not at all.
 */
export async function runMachine(
  chain: Chain,
  network: Address,
  steps: readonly Step[],
  tally: Tally = new Map(),
): Promise<void> {
  const machine = await Machine.start(chain, network);
  for (const step of steps) {
    const outcome = await machine.step(step);
    if (outcome !== null) tally.set(outcome, (tally.get(outcome) ?? 0) + 1);
  }
  await machine.end();
}

class Machine {
  readonly #chain: Chain;
  readonly #network: Address;
  readonly #actors: readonly HDAccount[];
  readonly #model: ChannelModel;
  readonly #invariants: ChannelInvariants;
  readonly #proofs: Signed[] = [];
  #seen: Reading;
  #now: bigint;

  static async start(chain: Chain, network: Address): Promise<Machine> {
    const actors = [chain.alice, chain.bob, chain.stranger];
    for (const actor of actors) {
      await chain.fund(actor, 10_000n, { token: chain.token, network });
      await chain.sendTo(chain.token, actor, "approve", [network, 2n ** 256n - 1n]);
    }
    const { timestamp } = await chain.client.getBlock();
    const first = await read(chain, network, actors, []);
    return new Machine(chain, network, actors, first, timestamp);
  }

  private constructor(
    chain: Chain,
    network: Address,
    actors: readonly HDAccount[],
    first: Reading,
    now: bigint,
  ) {
    this.#chain = chain;
    this.#network = network;
    this.#actors = actors;
    this.#seen = first;
    this.#invariants = new ChannelInvariants(actors.map(({ address }) => address), first);
    this.#model = new ChannelModel(chain.owner.address, first.balances);
    this.#now = now;
  }

  /** The outcome as `function: refusal or done`; null for a step that makes no sense yet. */
  async step(step: Step): Promise<string | null> {
    const made = this.#callOf(step);
    if (made === null) return null;
    const { call, args } = made;
    this.#now += BigInt(step.waitS) + 1n;
    await this.#chain.client.setNextBlockTimestamp({ timestamp: this.#now });
    const by = [...this.#actors, this.#chain.owner].find(({ address }) => address === call.by)!;
    const { error } = await this.#chain.sendTo(this.#network, by, call.fn, args);
    const before = structuredClone(this.#model.channels);
    const expected = this.#model.apply(call, this.#now);
    const seen = await this.#read("id" in call ? call.id : undefined);
    this.#invariants.hold(call, error, { was: this.#seen, seen, before, now: this.#now });
    assert.equal(error, expected, `refusal: ${told(call)}`);
    this.#agree(seen, call);
    this.#seen = seen;
    return `${call.fn}: ${error ?? "done"}`;
  }

  /** At the end of a run, checks the whole state, not only what each call named. */
  async end(): Promise<void> {
    this.#agree(await this.#read(), null);
  }

  /** Reads the whole state, or only this channel and new ones; the rest stays as it was last read. */
  async #read(only?: Hex): Promise<Reading> {
    const known = this.#model.channels.filter(({ id }) =>
      only === undefined || id === only || !this.#seen.channels.has(id)
    );
    const fresh = await read(this.#chain, this.#network, this.#actors, known);
    return {
      ...fresh,
      channels: new Map([...this.#seen.channels, ...fresh.channels]),
      sides: new Map([...this.#seen.sides, ...fresh.sides]),
    };
  }

  /** The contract's state is the model's. */
  #agree(seen: Reading, call: Call | null): void {
    assert.deepEqual(seen.balances, this.#model.balances, `balances: ${told(call)}`);
    for (const { id, state, closedAt, sides } of this.#model.channels) {
      const channel = seen.channels.get(id)!;
      assert.deepEqual(
        [channel.state, channel.closedAt],
        [state, closedAt],
        `state: ${told(call)}`,
      );
      for (const [party, side] of sides) {
        assert.deepEqual(seen.sides.get(`${id} ${party}`), side, `state: ${told(call)}`);
      }
    }
  }

  #callOf(step: Step): { call: Call; args: readonly unknown[] } | null {
    const address = (who: Who) => this.#actors[who].address;
    if (step.do === "pause") {
      const by = step.by === "owner" ? this.#chain.owner.address : address(step.by);
      return { call: { fn: step.on ? "pause" : "unpause", by }, args: [] };
    }
    if (step.do === "open") {
      // Few channels, so that steps meet on them.
      const timeoutS = this.#model.channels.length < 4 ? BigInt(step.timeoutS) : 0n;
      const [by, to] = [address(step.by), address(step.to)];
      return { call: { fn: "openChannel", by, to, timeoutS }, args: [to, timeoutS] };
    }
    const { channels } = this.#model;
    if (channels.length === 0) return null;
    if (step.do === "replay") {
      if (this.#proofs.length === 0) return null;
      const signed = this.#proofs[step.proof % this.#proofs.length];
      const id = step.channel === null
        ? signed.proof.channelId
        : channels[step.channel % channels.length].id;
      return claimOf(address(step.by), id, signed);
    }
    const channel = channels[step.channel % channels.length];
    switch (step.do) {
      case "deposit": {
        const of = address(step.of);
        const deposit = channel.sides.get(of)?.deposit ?? 0n;
        const total = {
          more: deposit + BigInt(step.units),
          same: deposit,
          less: deposit > 0n ? deposit - 1n : 0n,
          limit: 10n ** 24n,
          "above limit": 10n ** 24n + 1n,
        }[step.total];
        const by = address(step.by);
        return {
          call: { fn: "setTotalDeposit", by, id: channel.id, of, total },
          args: [channel.id, of, total],
        };
      }
      case "claim":
        return this.#claimCall(step, channel);
      default: {
        const fn = ({
          close: "closeChannel",
          settle: "settleChannel",
          force: "forceCloseExpiredChannel",
        } as const)[step.do];
        return { call: { fn, by: address(step.by), id: channel.id }, args: [channel.id] };
      }
    }
  }

  #claimCall(step: Step & { do: "claim" }, channel: ModelChannel) {
    const [low, high] = channel.parties;
    const outsider =
      this.#actors.find(({ address }) => !channel.parties.includes(address))!.address;
    const by = { low, high, stranger: outsider }[step.by];
    const payer = by === low ? high : low;
    const signerAddress = { payer, payee: by, stranger: outsider }[step.signer];
    const signer = this.#actors.find(({ address }) => address === signerAddress)!;
    const side = channel.sides.get(payer)!;
    const nonce = {
      next: side.nonce + 1n,
      jump: side.nonce + 100n,
      same: side.nonce,
      lower: side.nonce > 0n ? side.nonce - 1n : 0n,
    }[step.nonce];
    const left = side.deposit - side.paid;
    const amount = {
      some: side.paid + (left > 3n ? left / 3n : left),
      all: side.deposit,
      "too much": side.deposit + 1n,
      same: side.paid,
      less: side.paid > 0n ? side.paid - 1n : 0n,
      nothing: 0n,
    }[step.amount];
    return claimOf(by, channel.id, this.#sign(signer, channel, nonce, amount, step.flaw));
  }

  /** Signs, makes the fault that `flaw` names, and records what the signer owes by this signature. */
  #sign(
    signer: HDAccount,
    channel: ModelChannel,
    nonce: bigint,
    amount: bigint,
    flaw: (Step & { do: "claim" })["flaw"],
  ): Signed {
    const another = this.#model.channels.find(({ id }) => id !== channel.id)?.id ??
      `0x${"ee".repeat(32)}` as Hex;
    const channelId = flaw === "other channel" ? another : channel.id;
    const contract = flaw === "other contract" ? this.#chain.registry : this.#network;
    const chainId = flaw === "other chain" ? 84_532 : this.#chain.chainId;
    const signature = this.#chain.sign(signer, proofOf(channelId, nonce, amount), {
      contract,
      chainId,
    });
    const given = {
      channelId,
      nonce: flaw === "nonce changed" ? nonce + 1n : nonce,
      amount: flaw === "amount changed" ? amount + 1n : amount,
    };
    const spoiled = flaw === "high s"
      ? highS(signature)
      : flaw === "v 0"
      ? withV(signature, signature.endsWith("1b") ? 0 : 1)
      : flaw === "short"
      ? signature.slice(0, -2) as Hex
      : signature;
    const whole = flaw === "none" || flaw === "other channel";
    const made = { proof: given, signature: spoiled, signer: whole ? signer.address : null };
    if (contract === this.#network && chainId === this.#chain.chainId) {
      const other = this.#model.channels.find(({ id }) => id === channelId);
      const payee = other?.parties.find((party) => party !== signer.address);
      if (payee !== undefined && other?.parties.includes(signer.address)) {
        this.#invariants.signed(channelId, payee, amount);
      }
    }
    this.#proofs.push(made);
    return made;
  }
}

function claimOf(by: Address, id: Hex, { proof, signature, signer }: Signed) {
  const call: Call = { fn: "claimFromChannel", by, id, proof, signer };
  return {
    call,
    args: [
      id,
      proofOf(proof.channelId, proof.nonce, proof.amount),
      signature,
    ] as readonly unknown[],
  };
}
