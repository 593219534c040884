/**
 * What a signer remembers of the transactions it signed, and the ceilings that a further one must keep (MONEY 5). Pure, as
 * claim_ledger.ts is.
 *
 * A transaction is counted when it is signed, at the most that it can cost: what is never mined is not given back. A second one
 * with the same account nonce takes the first one's place on the chain, so it must be the same call, or a cancel, with a higher
 * fee, and only what its fee is higher by is counted.
 *
 * Held: the last 64 account nonces of each chain, and the deposit of each channel that was not settled.
 *
 * @module
 */
import { keccak256, toHex } from "../../protocols/evm/keccak.ts";
import type { Address } from "../../protocols/evm/address.ts";
import { encodeCall } from "../../protocols/evm/call_data.ts";
import type { TransactionFields } from "../../protocols/evm/contract_call.ts";
import type { AllowedContract } from "./claim_fields.ts";
import { SignerError } from "./signer.ts";
import { NOTHING_SPENT, spend, type SpendingState, spentUnits } from "./spending.ts";

/** Hard ceilings of transactions. Units are the token's base units, wei the chain's own currency. */
export interface TransactionCeilings {
  /** Our total deposit in one channel. */
  readonly depositUnits: bigint;
  /** Our deposits in all channels that are not settled. */
  readonly lockedUnits: bigint;
  /** Deposited within a day, settled or not. */
  readonly depositedPerDayUnits: bigint;
  /** Gas limit times highest price of one transaction. */
  readonly gasPerTransactionWei: bigint;
  /** The same, of all within a day. */
  readonly gasPerDayWei: bigint;
  /** Currency that is sent away within a day. */
  readonly sentPerDayWei: bigint;
}

/** The ceilings of this release. */
export const TRANSACTION_CEILINGS: TransactionCeilings = {
  depositUnits: 100_000_000n,
  lockedUnits: 1_000_000_000n,
  depositedPerDayUnits: 1_000_000_000n,
  gasPerTransactionWei: 10n ** 16n,
  gasPerDayWei: 10n ** 17n,
  sentPerDayWei: 10n ** 17n,
};

/** What was signed for one account nonce. */
export interface SignedNonce {
  readonly nonce: number;
  /** Keccak of receiver, value and data. */
  readonly callHash: string;
  readonly gasLimit: bigint;
  readonly maxFeePerGasWei: bigint;
  readonly maxPriorityFeePerGasWei: bigint;
}

/** The account on one chain. */
export interface AccountState {
  /** {@link chainKey}. */
  readonly chain: string;
  /** Nonces up to this one were forgotten and are never signed for again; -1 at first. */
  readonly floor: number;
  /** Rising. */
  readonly nonces: readonly SignedNonce[];
}

/** Our deposit in one channel. */
export interface DepositState {
  /** {@link chainKey} and contract. */
  readonly contract: string;
  readonly channelId: string;
  readonly totalUnits: bigint;
}

/** Everything about transactions that must not be forgotten. */
export interface TransactionState {
  readonly accounts: readonly AccountState[];
  readonly deposits: readonly DepositState[];
  /** Held against the day's ceilings. */
  readonly deposited: SpendingState;
  readonly gasWei: SpendingState;
  readonly sentWei: SpendingState;
}

/** The state before the first transaction. */
export const NO_TRANSACTIONS: TransactionState = {
  accounts: [],
  deposits: [],
  deposited: NOTHING_SPENT,
  gasWei: NOTHING_SPENT,
  sentWei: NOTHING_SPENT,
};

const REMEMBERED = 64;
/** A jump further ahead would make all nonces below it unusable once it is remembered. */
const MAX_NONCE_STEP = 1_024;

/** What the ledger says: signed before with the same bytes, or the state once it is signed, and what it transfers. */
export type TransactionJudgement =
  | { readonly again: true }
  | { readonly next: TransactionState; readonly transferUnits: bigint };

/** A chain by number and, where it is known, block 0. */
export function chainKey({ chainId, genesisHash }: AllowedContract): string {
  return `${chainId}:${genesisHash ?? ""}`;
}

/**
 * Judges a transaction that the policy allows.
 *
 * @throws {SignerError} `nonce` or `ceiling`
 */
export function judgeTransaction(
  state: TransactionState,
  fields: TransactionFields,
  context: {
    readonly from: Address;
    readonly entry: AllowedContract;
    readonly ceilings: TransactionCeilings;
    readonly nowMs: number;
  },
): TransactionJudgement {
  const { entry, from, ceilings, nowMs } = context;
  const chain = chainKey(entry);
  const account = state.accounts.find((known) => known.chain === chain) ??
    { chain, floor: -1, nonces: [] };
  const signed = nonceOf(fields, from);
  const earlier = account.nonces.find(({ nonce }) => nonce === signed.nonce);
  if (earlier !== undefined && sameBytes(earlier, signed)) return { again: true };
  checkNonce(account, earlier, signed, fields);
  const feeWei = maxFeeWei(signed);
  limit("a transaction's gas", feeWei, ceilings.gasPerTransactionWei, "wei");
  const counted = { ...state, accounts: withNonce(state.accounts, account, signed) };
  const more = feeWei - (earlier === undefined ? 0n : maxFeeWei(earlier));
  counted.gasWei = spend(state.gasWei, nowMs, more > 0n ? more : 0n);
  limit("the day's gas", spentUnits(counted.gasWei, "day"), ceilings.gasPerDayWei, "wei");
  if (earlier !== undefined) return { next: counted, transferUnits: 0n };
  return withEffects(counted, fields, context);
}

/** The state once a channel is settled, by whomever: its deposit is no longer locked. */
export function withoutDeposit(
  state: TransactionState,
  entry: AllowedContract,
  channelId: string,
): TransactionState {
  const contract = contractKey(entry);
  const deposits = state.deposits.filter((deposit) =>
    deposit.contract !== contract || deposit.channelId !== channelId
  );
  return deposits.length === state.deposits.length ? state : { ...state, deposits };
}

function withEffects(
  state: TransactionState,
  { call }: TransactionFields,
  { entry, ceilings, nowMs }: {
    readonly entry: AllowedContract;
    readonly ceilings: TransactionCeilings;
    readonly nowMs: number;
  },
): TransactionJudgement {
  const next = { ...state };
  let transferUnits = 0n;
  if (call.call === "approve") {
    limit("an approval", call.amountRaw, ceilings.depositUnits, "units");
  } else if (call.call === "setTotalDeposit") {
    const contract = contractKey(entry);
    const others = withoutDeposit(state, entry, call.channelId);
    const before = state.deposits.find((deposit) =>
      deposit.contract === contract && deposit.channelId === call.channelId
    )?.totalUnits ?? 0n;
    const totalUnits = call.totalDepositRaw > before ? call.totalDepositRaw : before;
    limit("the channel's deposit", totalUnits, ceilings.depositUnits, "units");
    next.deposits = [...others.deposits, { contract, channelId: call.channelId, totalUnits }];
    const locked = next.deposits.reduce((sum, deposit) =>
      sum + deposit.totalUnits, 0n);
    limit("what is locked", locked, ceilings.lockedUnits, "units");
    next.deposited = spend(state.deposited, nowMs, totalUnits - before);
    const today = spentUnits(next.deposited, "day");
    limit("the day's deposits", today, ceilings.depositedPerDayUnits, "units");
  } else if (call.call === "send") {
    next.sentWei = spend(state.sentWei, nowMs, call.valueWei);
    limit("what is sent in a day", spentUnits(next.sentWei, "day"), ceilings.sentPerDayWei, "wei");
  } else if (call.call === "transfer") {
    transferUnits = call.amountRaw;
  }
  return { next, transferUnits };
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
    throw new SignerError("nonce", `account nonce ${nonce} is long past`);
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

function withNonce(
  accounts: readonly AccountState[],
  account: AccountState,
  signed: SignedNonce,
): readonly AccountState[] {
  const nonces = [...account.nonces.filter(({ nonce }) => nonce !== signed.nonce), signed]
    .sort((left, right) => left.nonce - right.nonce);
  const forgotten = nonces.slice(0, -REMEMBERED);
  const next = {
    chain: account.chain,
    floor: forgotten.at(-1)?.nonce ?? account.floor,
    nonces: nonces.slice(-REMEMBERED),
  };
  return [...accounts.filter(({ chain }) => chain !== account.chain), next];
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

function contractKey(entry: AllowedContract): string {
  return `${chainKey(entry)}:${entry.tokenNetworkAddress}`;
}

function limit(what: string, amount: bigint, ceiling: bigint, unit: string): void {
  if (amount > ceiling) {
    throw new SignerError(
      "ceiling",
      `${what} of ${amount} ${unit} is above the ceiling of ${ceiling}`,
    );
  }
}
