/**
 * The chain's interface for parts that change it: confirmed facts, funds, prices of calls, broadcasts and their outcomes. It cannot spend
 * by itself, because transactions are signed elsewhere. Every value survives a structured clone.
 *
 * @module
 */
import { crossesPorts } from "../../base/ports/error_classes.ts";
import type { ChainCall } from "../../protocols/evm/contract_call.ts";
import type { Chain } from "./chain.ts";

/** The contracts that a profile names, found on the chain and compared with the profile. */
export interface ChainContracts {
  readonly chainId: number;
  /** The hash of block 0. If a dev chain is restarted from genesis, it has another hash and is another chain. */
  readonly genesisHash: string;
  readonly registry: string;
  readonly token: string;
  /** The token network from the registry. */
  readonly tokenNetwork: string;
  readonly decimals: number;
  readonly symbol: string;
  /** The account that may pause the token network, and whether it is paused. Openings and deposits wait while it is. */
  readonly owner: string;
  readonly paused: boolean;
  /** The number of confirmations after which a channel and a deposit count. */
  readonly confirmations: number;
}

/** The newest block that was seen. */
export interface ChainHead {
  readonly blockNumber: number;
  readonly blockHash: string;
  /** The hash of the chain's block 0. */
  readonly genesisHash: string;
  readonly timestampMs: number;
  /** When an RPC returned it, by our clock. */
  readonly seenAtMs: number;
}

/** The funds of an account. */
export interface AccountFunds {
  readonly gasWei: bigint;
  /** Raw units of the token. */
  readonly tokenRaw: bigint;
  /** How many of them the token network may take. */
  readonly allowanceRaw: bigint;
}

/** The current cost of a call. */
export interface GasQuote {
  readonly gasLimit: bigint;
  readonly maxFeePerGasWei: bigint;
  readonly maxPriorityFeePerGasWei: bigint;
  /** The most that it can cost: the limit times the highest price. */
  readonly maxFeeWei: bigint;
}

/** The state of a transaction. */
export type TransactionStatus =
  /** No RPC knows it. It may be broadcast again. */
  | { readonly state: "unknown" }
  | { readonly state: "pending" }
  | {
    /** `mined` at first, `confirmed` after the profile's number of confirmations. */
    readonly state: "mined" | "confirmed";
    readonly blockNumber: number;
    readonly blockHash: string;
    readonly gasUsed: bigint;
    readonly feeWei: bigint;
    /** The new channel of an `openChannel` call. Null for other calls. */
    readonly openedChannelId: string | null;
  }
  | {
    readonly state: "reverted";
    readonly confirmed: boolean;
    readonly blockNumber: number;
    readonly feeWei: bigint;
    /** The name of the contract's error, or `revert`. */
    readonly reason: string;
  };

/** A change of a channel, from a log of the contract. */
export interface ChannelEvent {
  readonly name: "opened" | "deposit" | "claimed" | "closed" | "settled";
  readonly channelId: string;
  readonly blockNumber: number;
  readonly blockHash: string;
  readonly transactionHash: string;
  /** False while its block does not have the profile's confirmations. A close counts at once (docs/money.md#channels). */
  readonly confirmed: boolean;
}

/** The chain, for channel managers and commands. */
export interface EvmChain extends Chain {
  /**
   * The contracts. They are checked at the first call and after every reconnect. Rejects with ChainError `wrong_chain`, `wrong_contract`,
   * `wrong_token`.
   */
  contracts(): Promise<ChainContracts>;
  /** The newest head that was seen. If it is older than `maxAgeMs`, an RPC is asked. */
  head(maxAgeMs?: number): Promise<ChainHead>;
  /** The account's current funds. */
  funds(address: string): Promise<AccountFunds>;
  /** The most that one call of the token's faucet gives, in raw units. Null if the token has no such limit. */
  faucetLimit(): Promise<bigint | null>;
  /** The number of the account's transactions: in confirmed blocks, in all blocks, and including pending ones. */
  transactionCount(
    address: string,
  ): Promise<{ readonly confirmed: number; readonly latest: number; readonly pending: number }>;
  /** Simulates and prices a call. Rejects with ChainError `reverted` (with its reason), `gas_ceiling`, `funds`. */
  quote(call: ChainCall, from: string): Promise<GasQuote>;
  /** Simulates a call. Null if it would succeed, otherwise the name of the contract's error. */
  simulate(call: ChainCall, from: string): Promise<string | null>;
  /** Broadcasts signed bytes. A transaction that is already known is no error. Rejects with `nonce_used`, `underpriced`, `funds`, `rpc`. */
  broadcast(raw: string): Promise<void>;
  /** The current state of a transaction. */
  transaction(hash: string): Promise<TransactionStatus>;
  /** The channels between two accounts that are not settled, the oldest first. */
  channelsBetween(a: string, b: string): Promise<readonly string[]>;
  /** The events of these channels from a block on (inclusive) up to the newest block, in order. `toBlock` is the newest block. */
  channelEvents(
    channelIds: readonly string[],
    fromBlock: number,
  ): Promise<{ readonly events: readonly ChannelEvent[]; readonly toBlock: number }>;
}

/** The price of gas, for parts that compare an amount with it. */
export interface GasMarket {
  /**
   * The current base fee and tip of a transaction, in wei for each unit of gas. It never exceeds the ceilings, because more is never paid.
   */
  feePerGasWei(): Promise<bigint>;
}

/** An error of the chain or of the connection to it. */
export class ChainError extends Error {
  /** `ChainError`. */
  override readonly name = "ChainError";
  /**
   * `rpc`: no RPC answers (the data is as old as the last answer). `wrong_chain`, `wrong_contract`, `wrong_token`: differs from the
   * profile. `reverted`: the contract refuses; `reason` is the name of its error. `gas_ceiling`: the price of gas is above the limit.
   * `funds`: gas or tokens are missing. `nonce_used`, `underpriced`: a broadcast was refused. `stale`: the head is too old to act on.
   */
  readonly code:
    | "rpc"
    | "wrong_chain"
    | "wrong_contract"
    | "wrong_token"
    | "reverted"
    | "gas_ceiling"
    | "funds"
    | "nonce_used"
    | "underpriced"
    | "stale";
  /** The name of the contract's error. Null if there is none. */
  readonly reason: string | null;
  /** Makes a refusal with its code. */
  constructor(
    code: ChainError["code"],
    message: string,
    options: ErrorOptions & { readonly reason?: string } = {},
  ) {
    super(message, options);
    this.code = code;
    this.reason = options.reason ?? null;
  }
}

crossesPorts<ChainError>(
  "ChainError",
  ({ code, message, reason }) => new ChainError(code, message, { reason }),
);
