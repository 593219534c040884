/**
 * Reads a call that moves money, as a command sends it to the process that works on the home.
 *
 * @module
 */
import { messageOf } from "../../base/thrown.ts";
import { asAddress } from "../../protocols/evm/address.ts";
import type { MoneyCall } from "./money_mover.ts";

/** The call. `value` may come from any sender. Throws MoneyWorkError if it is not a valid call. */
export function moneyCallOf(value: unknown): MoneyCall {
  if (typeof value !== "object" || value === null) throw refused("it must be an object");
  const { call, to, token, amountRaw, valueWei } = value as Record<string, unknown>;
  const recipient = addressOf(to, "to");
  if (call === "send") return { call, to: recipient, valueWei: amountOf(valueWei, "valueWei") };
  if (call !== "transfer" && call !== "faucet") {
    throw refused("call must be send, transfer or faucet");
  }
  return {
    call,
    to: recipient,
    token: addressOf(token, "token"),
    amountRaw: amountOf(amountRaw, "amountRaw"),
  };
}

function addressOf(value: unknown, field: string) {
  try {
    return asAddress(value, field);
  } catch (error) {
    throw refused(messageOf(error));
  }
}

function amountOf(value: unknown, field: string): bigint {
  if (typeof value === "bigint" && value >= 0n && value < 2n ** 256n) return value;
  throw refused(`${field} must be an amount`);
}

function refused(why: string): MoneyWorkError {
  return new MoneyWorkError(`Cannot move money: ${why}`);
}

/** A request that is not a valid call. */
class MoneyWorkError extends Error {
  /** `MoneyWorkError`. */
  override readonly name = "MoneyWorkError";
  /** Always `bad_request`. */
  readonly code = "bad_request";
}
