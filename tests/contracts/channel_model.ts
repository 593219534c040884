/**
 * A second description of what TokenNetwork must do: the outcome of each call by name, and the state after it. A state
 * machine test compares the contract with it.
 */
import { type Address, getAddress, type Hex } from "viem";
import { channelIdOf } from "../../protocols/evm/channel_id.ts";

/** A call with all that decides its outcome. */
export type Call =
  | { fn: "openChannel"; by: Address; to: Address; timeoutS: bigint }
  | { fn: "setTotalDeposit"; by: Address; id: Hex; of: Address; total: bigint }
  | {
    fn: "claimFromChannel";
    by: Address;
    /** The channel of the call; the proof names a channel itself. */
    id: Hex;
    proof: { channelId: Hex; nonce: bigint; amount: bigint };
    /** Whose valid signature of exactly this proof, on this chain and contract, it is. */
    signer: Address | null;
  }
  | Ending
  | { fn: "pause" | "unpause"; by: Address };

interface Ending {
  readonly fn: "closeChannel" | "settleChannel" | "forceCloseExpiredChannel";
  readonly by: Address;
  readonly id: Hex;
}

/** One side of a channel. */
export interface Side {
  deposit: bigint;
  nonce: bigint;
  paid: bigint;
}

/** A channel. States as on chain: 1 opened, 2 closed, 3 settled. */
export interface ModelChannel {
  readonly id: Hex;
  readonly timeoutS: bigint;
  readonly openedAt: bigint;
  closedAt: bigint;
  state: 1 | 2 | 3;
  /** The lower address first. */
  readonly parties: readonly [Address, Address];
  readonly sides: Map<Address, Side>;
}

const HOUR = 3_600n;
const YEAR = 365n * 24n * HOUR;
const MAX_DEPOSIT = 10n ** 24n;

/** The state that follows from the calls so far. */
export class ChannelModel {
  /** In the order of their opening. */
  readonly channels: ModelChannel[] = [];
  /** Tokens by account. */
  readonly balances: Map<Address, bigint>;
  /** Whether openings and deposits wait. */
  paused = false;
  readonly #owner: Address;

  constructor(owner: Address, balances: ReadonlyMap<Address, bigint>) {
    this.#owner = owner;
    this.balances = new Map(balances);
  }

  /** The refusal of a call in a block of that time, by the error's name; null applies it. */
  apply(call: Call, now: bigint): string | null {
    switch (call.fn) {
      case "openChannel":
        return this.#open(call, now);
      case "setTotalDeposit":
        return this.#deposit(call);
      case "claimFromChannel":
        return this.#claim(call);
      case "pause":
      case "unpause": {
        if (call.by !== this.#owner) return "OwnableUnauthorizedAccount";
        const paused = call.fn === "pause";
        if (this.paused === paused) return paused ? "EnforcedPause" : "ExpectedPause";
        this.paused = paused;
        return null;
      }
      default:
        return this.#end(call, now);
    }
  }

  #open(call: Call & { fn: "openChannel" }, now: bigint): string | null {
    if (this.paused) return "EnforcedPause";
    if (call.to === call.by) return "InvalidParticipant";
    if (call.timeoutS < HOUR || call.timeoutS > YEAR) return "InvalidSettlementTimeout";
    const [low, high] = [call.by, call.to].sort((a, b) => BigInt(a) < BigInt(b) ? -1 : 1);
    const none = () => ({ deposit: 0n, nonce: 0n, paid: 0n });
    this.channels.push({
      id: channelIdOf(low, high, this.channels.length) as Hex,
      timeoutS: call.timeoutS,
      openedAt: now,
      closedAt: 0n,
      state: 1,
      parties: [getAddress(low), getAddress(high)],
      sides: new Map([[getAddress(low), none()], [getAddress(high), none()]]),
    });
    return null;
  }

  #deposit({ by, id, of, total }: Call & { fn: "setTotalDeposit" }): string | null {
    if (this.paused) return "EnforcedPause";
    const channel = this.#channel(id);
    if (channel?.state !== 1) return "InvalidChannelState";
    const side = channel.sides.get(of);
    if (side === undefined) return "InvalidParticipant";
    if (total > MAX_DEPOSIT) return "DepositLimitExceeded";
    if (total < side.deposit) return "InsufficientDeposit";
    if (total - side.deposit > this.balances.get(by)!) return "ERC20InsufficientBalance";
    this.#give(by, side.deposit - total);
    side.deposit = total;
    return null;
  }

  #claim({ by, id, proof, signer }: Call & { fn: "claimFromChannel" }): string | null {
    const channel = this.#channel(id);
    if (channel === undefined || channel.state === 3) return "InvalidChannelState";
    if (!channel.parties.includes(by)) return "InvalidParticipant";
    if (proof.channelId !== id) return "ProofOfAnotherChannel";
    const payer = channel.parties[0] === by ? channel.parties[1] : channel.parties[0];
    if (signer !== payer) return "InvalidSignature";
    const side = channel.sides.get(payer)!;
    if (proof.nonce <= side.nonce) return "InvalidNonce";
    if (proof.amount <= side.paid) return "NothingToClaim";
    if (proof.amount > side.deposit) return "InsufficientChannelBalance";
    this.#give(by, proof.amount - side.paid);
    Object.assign(side, { nonce: proof.nonce, paid: proof.amount });
    return null;
  }

  #end({ fn, by, id }: Ending, now: bigint): string | null {
    const channel = this.#channel(id);
    if (channel?.state !== (fn === "settleChannel" ? 2 : 1)) return "InvalidChannelState";
    if (fn === "settleChannel") {
      if (now < channel.closedAt + channel.timeoutS) return "SettlementTimeoutNotExpired";
      for (const [party, { deposit, paid }] of channel.sides) this.#give(party, deposit - paid);
      channel.state = 3;
      return null;
    }
    if (fn === "closeChannel" && !channel.parties.includes(by)) return "InvalidParticipant";
    if (fn !== "closeChannel" && now < channel.openedAt + YEAR) return "LifetimeNotOver";
    channel.closedAt = now;
    channel.state = 2;
    return null;
  }

  #channel(id: Hex): ModelChannel | undefined {
    return this.channels.find((channel) => channel.id === id);
  }

  #give(account: Address, amount: bigint): void {
    this.balances.set(account, this.balances.get(account)! + amount);
  }
}
