/** Transactions for the tests of the signer. */
import { type Address, asAddress } from "../../../protocols/evm/address.ts";
import { asChannelId } from "../../../protocols/evm/channel_id.ts";
import type { ChainCall, TransactionFields } from "../../../protocols/evm/contract_call.ts";
import { loadSecp256k1 } from "../../../protocols/evm/secp256k1.ts";
import type { TransactionCeilings } from "../../../money/signer/hard_ceilings.ts";
import { channelId as channel, contract, makeSigner, paymentKey } from "./fixtures.ts";

export const own = (await loadSecp256k1()).addressOf(paymentKey);

export const addressOf = (byte: string): Address => asAddress(`0x${byte.repeat(20)}`);

export const token = addressOf("ee");

export const tokenNetwork = asAddress(contract.tokenNetworkAddress);

export const recipient = addressOf("aa");

export const send = { call: "send", to: recipient, valueWei: 500n } as const satisfies ChainCall;

export const peer = addressOf("bb");

export const channelId = asChannelId(channel);

export const channels = Array.from(
  { length: 9 },
  (_, at) => asChannelId(`0x${String(at + 1).padStart(64, "0")}`),
);

export const ceilings: TransactionCeilings = {
  depositUnits: 100n,
  lockedUnits: 250n,
  depositedPerDayUnits: 400n,
  gasPerTransactionWei: 1_000_000n,
  gasPerDayWei: 100_000_000n,
  sentPerDayWei: 1_000n,
};

export const allow = [{ ...contract, tokenAddress: token }];

export const parties = { recipients: [recipient], peers: [peer] };

export const makePayer = (options: Parameters<typeof makeSigner>[0] = {}) =>
  makeSigner({ allow, parties, transactionCeilings: ceilings, ...options });

/** A transaction that every rule allows, but for its changes. */
export function tx(call: ChainCall, nonce = 0, changes: Partial<TransactionFields> = {}) {
  return {
    chainId: contract.chainId,
    nonce,
    gasLimit: 100_000n,
    maxFeePerGasWei: 4n,
    maxPriorityFeePerGasWei: 2n,
    call,
    ...changes,
  };
}

export const deposit = (totalDepositRaw: bigint, id = channelId): ChainCall => ({
  call: "setTotalDeposit",
  tokenNetwork,
  channelId: id,
  participant: own,
  totalDepositRaw,
});

export const transfer = {
  call: "transfer",
  token,
  to: recipient,
  amountRaw: 5n,
} as const satisfies ChainCall;

export const close = { call: "closeChannel", tokenNetwork, channelId } as const satisfies ChainCall;

export function fees(maxFeePerGasWei: bigint, maxPriorityFeePerGasWei: bigint) {
  return { maxFeePerGasWei, maxPriorityFeePerGasWei };
}
