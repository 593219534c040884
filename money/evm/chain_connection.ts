/**
 * The chain as those see it who change it: confirmed facts, funds, prices of calls, broadcasts and their outcomes. Reads alone
 * cannot spend, and what is broadcast was signed elsewhere. Every value survives a structured clone.
 *
 * @module
 */
import { crossesPorts } from "../../base/ports/error_classes.ts";
import type { ChainCall } from "../../protocols/evm/contract_call.ts";
import type { Chain } from "./chain.ts";

/** The contracts that a profile names, as they were found on the chain and compared with it. */
export interface ChainContracts {
  readonly chainId: number;
  /** Of block 0: a dev chain started afresh is another chain. */
  readonly genesisHash: string;
  readonly registry: string;
  readonly token: string;
  /** From the registry. */
  readonly tokenNetwork: string;
  readonly decimals: number;
  readonly symbol: string;
  /** Who may pause the token network, and whether it is paused: openings and deposits wait then. */
  readonly owner: string;
  readonly paused: boolean;
  /** Confirmations after which a channel and a deposit count. */
  readonly confirmations: number;
}

/** The chain's newest block as we saw it. */
export interface ChainHead {
  readonly blockNumber: number;
  readonly blockHash: string;
  /** Which chain it is: one that was started afresh is another. */
  readonly genesisHash: string;
  readonly timestampMs: number;
  /** When an RPC told us, by our clock: a head that is not refreshed grows old. */
  readonly seenAtMs: number;
}

/** What an account has. */
export interface AccountFunds {
  readonly gasWei: bigint;
  /** Raw units of the token. */
  readonly tokenRaw: bigint;
  /** What the token network may take of them. */
  readonly allowanceRaw: bigint;
}

/** What a call would cost now. */
export interface GasQuote {
  readonly gasLimit: bigint;
  readonly maxFeePerGasWei: bigint;
  readonly maxPriorityFeePerGasWei: bigint;
  /** The most that it can cost: limit times the highest price. */
  readonly maxFeeWei: bigint;
}

/** Where a transaction stands. */
export type TransactionStatus =
  /** No RPC knows it: it may be broadcast again. */
  | { readonly state: "unknown" }
  | { readonly state: "pending" }
  | {
    /** `confirmed` once it has the profile's confirmations, `mined` before. */
    readonly state: "mined" | "confirmed";
    readonly blockNumber: number;
    readonly blockHash: string;
    readonly gasUsed: bigint;
    readonly feeWei: bigint;
    /** Of an `openChannel`: the new channel; null otherwise. */
    readonly openedChannelId: string | null;
  }
  | {
    readonly state: "reverted";
    readonly confirmed: boolean;
    readonly blockNumber: number;
    readonly feeWei: bigint;
    /** The contract's error by name, or `revert`. */
    readonly reason: string;
  };

/** A change of a channel, as the contract's log tells it. */
export interface ChannelEvent {
  readonly name: "opened" | "deposit" | "claimed" | "closed" | "settled";
  readonly channelId: string;
  readonly blockNumber: number;
  readonly blockHash: string;
  readonly transactionHash: string;
  /** False for one that stands in a block without the profile's confirmations yet: a close counts at once (docs/money.md#channels). */
  readonly confirmed: boolean;
}

/** The chain, for channel managers and commands. */
export interface EvmChain extends Chain {
  /** Checked at the first call and after every reconnect; rejects with ChainError `wrong_chain`, `wrong_contract`, `wrong_token`. */
  contracts(): Promise<ChainContracts>;
  /** The newest head that was seen; asks an RPC when that is older than `maxAgeMs`. */
  head(maxAgeMs?: number): Promise<ChainHead>;
  /** Asked now. */
  funds(address: string): Promise<AccountFunds>;
  /** The most that one call of the token's faucet gives, in raw units; null where the token says none. */
  faucetLimit(): Promise<bigint | null>;
  /** Transactions of the account: in confirmed blocks, and with those that wait. */
  transactionCount(
    address: string,
  ): Promise<{ readonly confirmed: number; readonly latest: number; readonly pending: number }>;
  /** Simulates and prices a call; rejects with ChainError `reverted` (named), `gas_ceiling`, `funds`. */
  quote(call: ChainCall, from: string): Promise<GasQuote>;
  /** What the contract would say to the call: null for yes, else the error's name. */
  simulate(call: ChainCall, from: string): Promise<string | null>;
  /** Hands signed bytes to the chain. Known already is no error. Rejects with `nonce_used`, `underpriced`, `funds`, `rpc`. */
  broadcast(raw: string): Promise<void>;
  /** Where a transaction stands, asked now. */
  transaction(hash: string): Promise<TransactionStatus>;
  /** Channels between two accounts that are not settled, oldest first. */
  channelsBetween(a: string, b: string): Promise<readonly string[]>;
  /** What happened to these channels since a block (inclusive), in order, up to the newest block, which is named. */
  channelEvents(
    channelIds: readonly string[],
    fromBlock: number,
  ): Promise<{ readonly events: readonly ChannelEvent[]; readonly toBlock: number }>;
}

/** What gas costs, for those who weigh an amount against it. */
export interface GasMarket {
  /** Base fee and tip of a transaction now, wei a unit of gas, never above the ceilings: dearer gas is not bought. */
  feePerGasWei(): Promise<bigint>;
}

/** A refusal of the chain or of the way there. */
export class ChainError extends Error {
  /** `ChainError`. */
  override readonly name = "ChainError";
  /**
   * `rpc`: no RPC answers (data is as old as the last answer). `wrong_chain`, `wrong_contract`, `wrong_token`: not what the profile
   * names. `reverted`: the contract refuses; `reason` is its error's name. `gas_ceiling`: dearer than allowed. `funds`: gas or token
   * missing. `nonce_used`, `underpriced`: of a broadcast. `stale`: the head is too old to act on.
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
  /** The contract's error by name; null where there is none. */
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

crossesPorts(
  "ChainError",
  ({ code, message, reason }) => new ChainError(code as ChainError["code"], message, { reason }),
);
