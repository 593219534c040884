/**
 * Reads a transaction's fields from a caller that may be hostile. Each field is read exactly once. The result is a new object with only the
 * fields of its call.
 *
 * @module
 */
import type { ChainCall, TransactionFields } from "../../protocols/evm/contract_call.ts";
import { normalizeSignature, SignatureError } from "../../protocols/evm/secp256k1.ts";
import { toHex } from "../../protocols/evm/keccak.ts";
import { address, channelId, integer, record, units } from "./claim_fields.ts";
import { SignerError } from "./signer_error.ts";

const MAX_UNITS = 2n ** 256n - 1n;
const MAX_GAS = 2n ** 64n - 1n;
const MAX_FEE_WEI = 2n ** 128n - 1n;

/** Checks a transaction's fields. Returns addresses and ids in lower case. Throws SignerError `bad_field`. */
export function parseTransactionFields(value: unknown): TransactionFields {
  const fields = record(value, "a transaction");
  const parsed = {
    chainId: integer(fields.chainId, "chainId", 1),
    nonce: integer(fields.nonce, "nonce", 0),
    gasLimit: units(fields.gasLimit, "gasLimit", MAX_GAS),
    maxFeePerGasWei: units(fields.maxFeePerGasWei, "maxFeePerGasWei", MAX_FEE_WEI),
    maxPriorityFeePerGasWei: units(
      fields.maxPriorityFeePerGasWei,
      "maxPriorityFeePerGasWei",
      MAX_FEE_WEI,
    ),
    call: parseCall(fields.call),
  };
  if (parsed.maxPriorityFeePerGasWei > parsed.maxFeePerGasWei) {
    throw new SignerError(
      "bad_field",
      "maxPriorityFeePerGasWei must be at most maxFeePerGasWei",
    );
  }
  return parsed;
}

function parseCall(value: unknown): ChainCall {
  const fields = record(value, "call");
  const { call } = fields;
  switch (call) {
    case "approve":
      return {
        call,
        token: address(fields.token, "token"),
        spender: address(fields.spender, "spender"),
        amountRaw: units(fields.amountRaw, "amountRaw", MAX_UNITS),
      };
    case "transfer":
    case "faucet":
      return {
        call,
        token: address(fields.token, "token"),
        to: address(fields.to, "to"),
        amountRaw: units(fields.amountRaw, "amountRaw", MAX_UNITS),
      };
    case "openChannel":
      return {
        call,
        tokenNetwork: address(fields.tokenNetwork, "tokenNetwork"),
        participant2: address(fields.participant2, "participant2"),
        settlementTimeoutS: integer(fields.settlementTimeoutS, "settlementTimeoutS", 0),
      };
    case "setTotalDeposit":
      return {
        call,
        tokenNetwork: address(fields.tokenNetwork, "tokenNetwork"),
        channelId: channelId(fields.channelId),
        participant: address(fields.participant, "participant"),
        totalDepositRaw: units(fields.totalDepositRaw, "totalDepositRaw", MAX_UNITS),
      };
    case "claimFromChannel":
      return {
        call,
        tokenNetwork: address(fields.tokenNetwork, "tokenNetwork"),
        channelId: channelId(fields.channelId),
        nonce: integer(fields.nonce, "nonce", 0),
        transferredAmountRaw: units(fields.transferredAmountRaw, "transferredAmountRaw", MAX_UNITS),
        signature: signature(fields.signature),
      };
    case "closeChannel":
    case "settleChannel":
    case "forceCloseExpiredChannel":
      return {
        call,
        tokenNetwork: address(fields.tokenNetwork, "tokenNetwork"),
        channelId: channelId(fields.channelId),
      };
    case "collectOwed":
      return {
        call,
        tokenNetwork: address(fields.tokenNetwork, "tokenNetwork"),
        participant: address(fields.participant, "participant"),
      };
    case "send":
      return {
        call,
        to: address(fields.to, "to"),
        valueWei: units(fields.valueWei, "valueWei", MAX_UNITS),
      };
    case "cancel":
      return { call };
    default:
      throw new SignerError("not_allowed", "the signer does not sign this call");
  }
}

function signature(value: unknown): string {
  try {
    return toHex(normalizeSignature(value as string));
  } catch (error) {
    if (error instanceof SignatureError) throw new SignerError("bad_field", error.message);
    throw error;
  }
}
