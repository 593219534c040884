/**
 * All calls that this program makes on a chain, as typed fields. Nothing else can be signed (docs/money.md#keys): the signer encodes these
 * fields itself and accepts no call data from outside. Amounts are raw units of the token.
 *
 * @see docs/contracts.md
 * @module
 */
import type { Address } from "./address.ts";
import type { ChannelId } from "./channel_id.ts";

/** One call, by its name in the contract. `send` transfers the chain's own currency. `cancel` sends nothing to our own account. */
export type ChainCall =
  | {
    readonly call: "approve";
    readonly token: Address;
    readonly spender: Address;
    readonly amountRaw: bigint;
  }
  | {
    readonly call: "openChannel";
    readonly tokenNetwork: Address;
    readonly participant2: Address;
    readonly settlementTimeoutS: number;
  }
  | {
    readonly call: "setTotalDeposit";
    readonly tokenNetwork: Address;
    readonly channelId: ChannelId;
    readonly participant: Address;
    readonly totalDepositRaw: bigint;
  }
  | {
    readonly call: "claimFromChannel";
    readonly tokenNetwork: Address;
    readonly channelId: ChannelId;
    readonly nonce: number;
    readonly transferredAmountRaw: bigint;
    /** `0x` and 65 bytes, v 27 or 28. */
    readonly signature: string;
  }
  | {
    readonly call: "closeChannel" | "settleChannel" | "forceCloseExpiredChannel";
    readonly tokenNetwork: Address;
    readonly channelId: ChannelId;
  }
  | { readonly call: "collectOwed"; readonly tokenNetwork: Address; readonly participant: Address }
  | {
    readonly call: "transfer";
    readonly token: Address;
    readonly to: Address;
    readonly amountRaw: bigint;
  }
  | {
    readonly call: "faucet";
    readonly token: Address;
    readonly to: Address;
    readonly amountRaw: bigint;
  }
  | { readonly call: "send"; readonly to: Address; readonly valueWei: bigint }
  | { readonly call: "cancel" };

/** A transaction before it is signed (EIP-1559, type 2). Fees in wei. */
export interface TransactionFields {
  readonly chainId: number;
  /** The account's nonce. */
  readonly nonce: number;
  readonly gasLimit: bigint;
  readonly maxFeePerGasWei: bigint;
  readonly maxPriorityFeePerGasWei: bigint;
  readonly call: ChainCall;
}
