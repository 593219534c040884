/**
 * What `wallet send` and `wallet faucet` ask of a process that works on the home, as JSON: amounts are decimal strings on the way.
 *
 * @module
 */
import { messageOf } from "../../base/thrown.ts";
import { asAddress } from "../../protocols/evm/address.ts";
import type { GasQuote } from "../evm/chain_connection.ts";
import type { MoneyCall, MoneyMover, MovedMoney } from "./money_mover.ts";

/** A call to move money, or to price it. */
export interface MoneyWork {
  readonly call: MoneyCall;
  /** Prices it and signs nothing. */
  readonly dryRun: boolean;
  /** The wallet's: money goes to an address that the user names only with it. Null where none is needed. */
  readonly passphrase: string | null;
}

/** The request as it goes over the socket. */
export function moneyRequest({ call, dryRun, passphrase }: MoneyWork): Record<string, unknown> {
  const amount = call.call === "send"
    ? { valueWei: String(call.valueWei) }
    : { token: call.token, amountRaw: String(call.amountRaw) };
  return { call: call.call, to: call.to, ...amount, dryRun, passphrase };
}

/** Does it; the request may come from anywhere. Rejects with MoneyWorkError for what is none, else with the mover's errors. */
export async function doMoneyWork(
  mover: MoneyMover,
  request: unknown,
): Promise<MovedMoney | GasQuote> {
  const { call, dryRun, passphrase } = moneyWorkOf(request);
  return dryRun ? await mover.price(call) : await mover.move(call, passphrase ?? undefined);
}

/** What came of a move over the socket. */
export function movedOf(json: unknown): MovedMoney {
  const { hash, blockNumber, feeWei } = json as Record<string, unknown>;
  return {
    hash: String(hash),
    blockNumber: typeof blockNumber === "number" ? blockNumber : null,
    feeWei: BigInt(String(feeWei)),
  };
}

/** A price over the socket. */
export function quoteOf(json: unknown): Pick<GasQuote, "gasLimit" | "maxFeeWei"> {
  const { gasLimit, maxFeeWei } = json as Record<string, unknown>;
  return { gasLimit: BigInt(String(gasLimit)), maxFeeWei: BigInt(String(maxFeeWei)) };
}

function moneyWorkOf(request: unknown): MoneyWork {
  if (typeof request !== "object" || request === null) throw refused("it must be an object");
  const { call, to, token, amountRaw, valueWei, dryRun, passphrase } = request as Record<
    string,
    unknown
  >;
  if (passphrase !== null && typeof passphrase !== "string") {
    throw refused("passphrase must be a text or null");
  }
  const rest = { dryRun: dryRun === true, passphrase };
  const recipient = addressOf(to, "to");
  if (call === "send") {
    return { call: { call, to: recipient, valueWei: digitsOf(valueWei, "valueWei") }, ...rest };
  }
  if (call !== "transfer" && call !== "faucet") throw refused("call is none that there is");
  const amount = { token: addressOf(token, "token"), amountRaw: digitsOf(amountRaw, "amountRaw") };
  return { call: { call, to: recipient, ...amount }, ...rest };
}

function addressOf(value: unknown, field: string) {
  try {
    return asAddress(value, field);
  } catch (error) {
    throw refused(messageOf(error));
  }
}

function digitsOf(value: unknown, field: string): bigint {
  if (typeof value === "string" && /^(?:0|[1-9]\d{0,77})$/.test(value)) return BigInt(value);
  throw refused(`${field} must be decimal digits`);
}

function refused(why: string): MoneyWorkError {
  return new MoneyWorkError(`Cannot move money: ${why}`);
}

/** A request that is none. */
class MoneyWorkError extends Error {
  /** `MoneyWorkError`. */
  override readonly name = "MoneyWorkError";
  /** Always `bad_request`. */
  readonly code = "bad_request";
}
