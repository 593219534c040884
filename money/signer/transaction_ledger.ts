/**
 * The signer's record of the transactions that it signed, and the ceilings for a further one (docs/money.md#keys). Pure, like
 * claim_ledger.ts.
 *
 * A transaction is counted when it is signed, with the most that it can cost. If it is never mined, that is not given back. A second
 * transaction with the same account nonce replaces the first one on the chain. So it must be the same call, or a cancel, with a higher fee,
 * and only the difference of the fees is counted.
 *
 * Held: the last 64 account nonces of each chain, and the deposit of each channel.
 *
 * @module
 */
import { larger } from "../../base/amount.ts";
import { keccak256, toHex } from "../../protocols/evm/keccak.ts";
import type { Address } from "../../protocols/evm/address.ts";
import { encodeCall } from "../../protocols/evm/call_data.ts";
import type { TransactionFields } from "../../protocols/evm/contract_call.ts";
import { type AllowedContract, chainKey, contractKey } from "./claim_fields.ts";
import { spendWithin } from "./claim_ledger.ts";
import type { Ledger } from "./ledger.ts";
import type { LedgerHead } from "./ledger_entry.ts";
import { type AboveCeiling, aboveCeilingText } from "./above_ceiling.ts";
import { SignerError } from "./signer_error.ts";
import { spend, spentUnits } from "./spending.ts";
import type { TransactionCeilings } from "./hard_ceilings.ts";
import type { AllCeilings } from "./hard_ceilings.ts";
import type { AccountState, DepositState, SignedNonce } from "./transaction_state.ts";

/** The ceilings of this release. */
export const TRANSACTION_CEILINGS: TransactionCeilings = {
  depositUnits: 100_000_000n,
  lockedUnits: 1_000_000_000n,
  depositedPerDayUnits: 1_000_000_000n,
  gasPerTransactionWei: 10n ** 16n,
  gasPerDayWei: 10n ** 17n,
  sentPerDayWei: 10n ** 17n,
};

/** The changes of the ledger after a transaction is signed. */
interface TransactionChange {
  readonly head: Partial<Pick<LedgerHead, "spending" | "deposited" | "gasWei" | "sentWei">>;
  readonly entries: readonly (readonly [key: string, state: AccountState | DepositState])[];
}

const REMEMBERED = 64;
/** The highest step of the nonce. If a larger step were recorded, all nonces below it would become unusable. */
const MAX_NONCE_STEP = 1_024;
const DEPOSITS = "d:";

/** The ledger's key for a channel's deposit. */
export function depositKey(entry: AllowedContract, channelId: string): string {
  return `${DEPOSITS}${contractKey(entry)}:${channelId}`;
}

/** An account nonce for which nothing was signed. */
export function freeNonce(ledger: Pick<Ledger, "entry">, entry: AllowedContract): number {
  const account = ledger.entry<AccountState>(`a:${chainKey(entry)}`);
  return (account?.nonces.at(-1)?.nonce ?? account?.floor ?? -1) + 1;
}

/**
 * Checks a transaction that the policy allows. Null if the same bytes were signed before.
 *
 * @throws {SignerError} `nonce` or `ceiling`
 */
export function judgeTransaction(
  ledger: Pick<Ledger, "head" | "entry" | "entries">,
  fields: TransactionFields,
  context: {
    readonly from: Address;
    readonly entry: AllowedContract;
    readonly ceilings: AllCeilings;
    readonly nowMs: number;
  },
): TransactionChange | null {
  const { entry, from, ceilings, nowMs } = context;
  const key = `a:${chainKey(entry)}`;
  const account = ledger.entry<AccountState>(key) ?? { floor: -1, nonces: [] };
  const signed = nonceOf(fields, from);
  const earlier = account.nonces.find(({ nonce }) => nonce === signed.nonce);
  if (earlier !== undefined && sameBytes(earlier, signed)) return null;
  checkNonce(account, earlier, signed, fields);
  const feeWei = maxFeeWei(signed);
  limit("the transaction's gas", feeWei, ceilings.gasPerTransactionWei, "wei");
  const more = feeWei - (earlier === undefined ? 0n : maxFeeWei(earlier));
  const gasWei = spend(ledger.head.gasWei, nowMs, larger(more, 0n));
  limit("the day's gas", spentUnits(gasWei, "day"), ceilings.gasPerDayWei, "wei");
  const effects = earlier === undefined ? effectsOf(ledger, fields, context) : NO_EFFECTS;
  return {
    head: { ...effects.head, gasWei },
    entries: [[key, withNonce(account, signed)], ...effects.entries],
  };
}

const NO_EFFECTS: TransactionChange = { head: {}, entries: [] };

function effectsOf(
  ledger: Pick<Ledger, "head" | "entry" | "entries">,
  { call }: TransactionFields,
  { entry, ceilings, nowMs }: {
    readonly entry: AllowedContract;
    readonly ceilings: AllCeilings;
    readonly nowMs: number;
  },
): TransactionChange {
  const { head } = ledger;
  switch (call.call) {
    case "approve":
      limit("the approval", call.amountRaw, ceilings.depositUnits, "units");
      return NO_EFFECTS;
    case "setTotalDeposit": {
      const key = depositKey(entry, call.channelId);
      const before = ledger.entry<DepositState>(key) ?? { totalUnits: 0n, locked: false };
      const rise = call.totalDepositRaw - before.totalUnits;
      const totalUnits = rise > 0n ? call.totalDepositRaw : before.totalUnits;
      limit("the channel's deposit", totalUnits, ceilings.depositUnits, "units");
      const locked = ledger.entries<DepositState>(DEPOSITS)
        .reduce((sum, deposit) => deposit.locked ? sum + deposit.totalUnits : sum, totalUnits) -
        (before.locked ? before.totalUnits : 0n);
      limit("what all channels hold", locked, ceilings.lockedUnits, "units");
      const deposited = spend(head.deposited, nowMs, larger(rise, 0n));
      const today = spentUnits(deposited, "day");
      limit("the day's deposits", today, ceilings.depositedPerDayUnits, "units");
      return { head: { deposited }, entries: [[key, { totalUnits, locked: true }]] };
    }
    case "send": {
      const sentWei = spend(head.sentWei, nowMs, call.valueWei);
      limit("the day's currency sent", spentUnits(sentWei, "day"), ceilings.sentPerDayWei, "wei");
      return { head: { sentWei }, entries: [] };
    }
    case "transfer": {
      const spending = spendWithin(head.spending, nowMs, call.amountRaw, ceilings);
      return { head: { spending }, entries: [] };
    }
    default:
      return NO_EFFECTS;
  }
}

function checkNonce(
  account: AccountState,
  earlier: SignedNonce | undefined,
  signed: SignedNonce,
  { call }: TransactionFields,
): void {
  const { nonce } = signed;
  const highest = account.nonces.at(-1)?.nonce ?? nonce;
  if (nonce <= account.floor) {
    throw new SignerError("nonce", `account nonce ${nonce} is too old`);
  }
  if (nonce > highest + MAX_NONCE_STEP) {
    throw new SignerError(
      "nonce",
      `account nonce ${nonce} must be at most ${MAX_NONCE_STEP} above ${highest}`,
    );
  }
  if (earlier === undefined) return;
  if (call.call !== "cancel" && earlier.callHash !== signed.callHash) {
    throw new SignerError("nonce", `account nonce ${nonce} was signed for another call`);
  }
  const higher = signed.maxFeePerGasWei > earlier.maxFeePerGasWei &&
    signed.maxPriorityFeePerGasWei > earlier.maxPriorityFeePerGasWei;
  if (!higher) {
    throw new SignerError(
      "nonce",
      `account nonce ${nonce} was signed with the same or a higher fee`,
    );
  }
}

function withNonce(account: AccountState, signed: SignedNonce): AccountState {
  const nonces = [...account.nonces.filter(({ nonce }) => nonce !== signed.nonce), signed]
    .sort((left, right) => left.nonce - right.nonce);
  const forgotten = nonces.slice(0, -REMEMBERED);
  return {
    floor: forgotten.at(-1)?.nonce ?? account.floor,
    nonces: nonces.slice(-REMEMBERED),
  };
}

function nonceOf(fields: TransactionFields, from: Address): SignedNonce {
  const { nonce, gasLimit, maxFeePerGasWei, maxPriorityFeePerGasWei } = fields;
  const { to, valueWei, data } = encodeCall(fields.call, from);
  const head = new TextEncoder().encode(`${to}:${valueWei}:`);
  const callHash = toHex(keccak256(head, data));
  return { nonce, callHash, gasLimit, maxFeePerGasWei, maxPriorityFeePerGasWei };
}

function sameBytes(left: SignedNonce, right: SignedNonce): boolean {
  return left.callHash === right.callHash && left.gasLimit === right.gasLimit &&
    left.maxFeePerGasWei === right.maxFeePerGasWei &&
    left.maxPriorityFeePerGasWei === right.maxPriorityFeePerGasWei;
}

function maxFeeWei({ gasLimit, maxFeePerGasWei }: SignedNonce): bigint {
  return gasLimit * maxFeePerGasWei;
}

function limit(
  what: string,
  amount: bigint,
  ceiling: bigint,
  unit: AboveCeiling["unit"],
): void {
  if (amount > ceiling) {
    const above = { what, amount, ceiling, unit };
    throw new SignerError("ceiling", aboveCeilingText(above), { above });
  }
}
