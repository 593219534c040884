/** Any call of this program, and viem's form of the same fields. */
import fc from "fast-check";
import { type Address as ViemAddress, encodeFunctionData, type Hex } from "viem";
import { testTokenAbi, tokenNetworkAbi } from "../../../contracts/abi.ts";
import { asAddress } from "../../../protocols/evm/address.ts";
import { asChannelId } from "../../../protocols/evm/channel_id.ts";
import type { ChainCall } from "../../../protocols/evm/contract_call.ts";
import { toHex } from "../../../protocols/evm/keccak.ts";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
/** Any address. */
export const anyAddress = bytes(20).map((value) => asAddress(toHex(value)));
const anyChannel = bytes(32).map((value) => asChannelId(toHex(value)));
const anyAmount = fc.oneof(
  fc.bigInt({ min: 0n, max: 300n }),
  fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
);
/** r is anything, s at most half of the order. */
const anySignature = fc.tuple(bytes(32), fc.integer({ min: 0, max: 0x7e }), bytes(31), fc.boolean())
  .map(([r, high, s, odd]) => toHex(new Uint8Array([...r, high, ...s, odd ? 28 : 27])));

/** Any call with fields that keep their rules. */
export const anyCall: fc.Arbitrary<ChainCall> = fc.oneof(
  fc.record({
    call: fc.constant("approve" as const),
    token: anyAddress,
    spender: anyAddress,
    amountRaw: anyAmount,
  }),
  fc.record({
    call: fc.constantFrom("transfer" as const, "faucet" as const),
    token: anyAddress,
    to: anyAddress,
    amountRaw: anyAmount,
  }),
  fc.record({
    call: fc.constant("openChannel" as const),
    tokenNetwork: anyAddress,
    participant2: anyAddress,
    settlementTimeoutS: fc.maxSafeNat(),
  }),
  fc.record({
    call: fc.constant("setTotalDeposit" as const),
    tokenNetwork: anyAddress,
    channelId: anyChannel,
    participant: anyAddress,
    totalDepositRaw: anyAmount,
  }),
  fc.record({
    call: fc.constant("claimFromChannel" as const),
    tokenNetwork: anyAddress,
    channelId: anyChannel,
    nonce: fc.maxSafeNat(),
    transferredAmountRaw: anyAmount,
    signature: anySignature,
  }),
  fc.record({
    call: fc.constantFrom(
      "closeChannel" as const,
      "settleChannel" as const,
      "forceCloseExpiredChannel" as const,
    ),
    tokenNetwork: anyAddress,
    channelId: anyChannel,
  }),
  fc.record({
    call: fc.constant("collectOwed" as const),
    tokenNetwork: anyAddress,
    participant: anyAddress,
  }),
  fc.record({ call: fc.constant("send" as const), to: anyAddress, valueWei: anyAmount }),
  fc.record({ call: fc.constant("cancel" as const) }),
) as fc.Arbitrary<ChainCall>;

/** Receiver, value and data as viem has them from the contracts' interfaces. */
export function viemCall(
  call: ChainCall,
  from: string,
): { readonly to: ViemAddress; readonly value: bigint; readonly data: Hex } {
  const on = (to: string, data: Hex) => ({ to: to as ViemAddress, value: 0n, data });
  const a = (text: string) => text as ViemAddress;
  switch (call.call) {
    case "approve": {
      const args = [a(call.spender), call.amountRaw] as const;
      return on(
        call.token,
        encodeFunctionData({ abi: testTokenAbi, functionName: "approve", args }),
      );
    }
    case "transfer":
    case "faucet": {
      const args = [a(call.to), call.amountRaw] as const;
      return on(
        call.token,
        encodeFunctionData({ abi: testTokenAbi, functionName: call.call, args }),
      );
    }
    case "send":
      return { to: a(call.to), value: call.valueWei, data: "0x" };
    case "cancel":
      return { to: a(from), value: 0n, data: "0x" };
    default:
      return on(call.tokenNetwork, networkData(call));
  }
}

function networkData(
  call: Exclude<ChainCall, { call: "send" | "cancel" } | { token: string }>,
): Hex {
  const abi = tokenNetworkAbi;
  switch (call.call) {
    case "openChannel": {
      const args = [call.participant2 as ViemAddress, BigInt(call.settlementTimeoutS)] as const;
      return encodeFunctionData({ abi, functionName: call.call, args });
    }
    case "setTotalDeposit": {
      const { channelId, participant, totalDepositRaw } = call;
      const args = [channelId as Hex, participant as ViemAddress, totalDepositRaw] as const;
      return encodeFunctionData({ abi, functionName: call.call, args });
    }
    case "claimFromChannel": {
      const channelId = call.channelId as Hex;
      const proof = {
        channelId,
        nonce: BigInt(call.nonce),
        transferredAmount: call.transferredAmountRaw,
        lockedAmount: 0n,
        locksRoot: `0x${"0".repeat(64)}`,
      } as const;
      const args = [channelId, proof, call.signature as Hex] as const;
      return encodeFunctionData({ abi, functionName: call.call, args });
    }
    case "collectOwed": {
      const args = [call.participant as ViemAddress] as const;
      return encodeFunctionData({ abi, functionName: call.call, args });
    }
    default:
      return encodeFunctionData({
        abi,
        functionName: call.call,
        args: [call.channelId as Hex],
      });
  }
}
