/**
 * What a signer remembers of the claims it signed, and the rules that a further one must keep (MONEY 5). Pure: a rule that is
 * broken throws, and a claim that is allowed gives the next state, which counts once the signature was made and verified.
 *
 * Held: at most 64 channels, the last claim of each.
 *
 * @module
 */
import type { ParsedClaim } from "./claim_fields.ts";
import { type Ceilings, SignerError } from "./signer.ts";
import { NOTHING_SPENT, spend, type SpendingState, spentUnits } from "./spending.ts";
import { NO_TRANSACTIONS, type TransactionState } from "./transaction_ledger.ts";

/** The last claim on one channel. */
export interface ChannelState {
  /** The contract's chain. */
  readonly chainId: number;
  /** The contract, lower case. */
  readonly tokenNetworkAddress: string;
  /** Lower case. */
  readonly channelId: string;
  /** The last one signed. */
  readonly nonce: number;
  /** Cumulative, base units. */
  readonly transferredAmount: bigint;
  /** Its signature, given again for the same bytes. */
  readonly signature: string;
}

/** Everything a signer must not forget. */
export interface LedgerState {
  /** Rises by one with every claim. */
  readonly counter: number;
  /** At most 64. */
  readonly channels: readonly ChannelState[];
  /** What the hour's and the day's ceilings are held against. */
  readonly spending: SpendingState;
  /** What was signed besides claims. */
  readonly transactions: TransactionState;
}

/** The state before the first claim. */
export const EMPTY_LEDGER: LedgerState = {
  counter: 0,
  channels: [],
  spending: NOTHING_SPENT,
  transactions: NO_TRANSACTIONS,
};

/** The most channels that one signer serves. */
export const MAX_CHANNELS = 64;
/** A receiver refuses a nonce further ahead (MONEY 1, Q2), and a high one would use the channel up. */
export const MAX_NONCE_STEP = 2 ** 20;

/** What the ledger says to a claim: the signature it gave before, or the state once this one is signed. */
export type Judgement =
  | { readonly again: string }
  | { readonly next: (signature: string) => LedgerState };

/**
 * Judges a claim against all rules.
 *
 * @throws {SignerError} `nonce`, `bad_field` or `ceiling`
 */
export function judgeClaim(
  state: LedgerState,
  claim: ParsedClaim,
  ceilings: Ceilings,
  nowMs: number,
): Judgement {
  const last = state.channels.find((channel) => sameChannel(channel, claim));
  if (last !== undefined && claim.nonce === last.nonce) {
    if (claim.transferredAmount === last.transferredAmount) return { again: last.signature };
    throw new SignerError("nonce", `nonce ${claim.nonce} was signed for another amount`);
  }
  checkNonce(last, claim);
  const before = last?.transferredAmount ?? 0n;
  const units = claim.transferredAmount - before;
  if (units < 0n) {
    throw new SignerError("bad_field", `transferredAmount must not fall (it stands at ${before})`);
  }
  if (units > claim.packetAmount) {
    throw new SignerError(
      "bad_field",
      `transferredAmount must not rise by more than packetAmount (it rises by ${units})`,
    );
  }
  if (last === undefined && state.channels.length >= MAX_CHANNELS) {
    throw new SignerError("ceiling", `at most ${MAX_CHANNELS} channels`);
  }
  const spending = spend(state.spending, nowMs, units);
  checkCeilings(claim, ceilings, spending);
  return { next: (signature) => withClaim(state, claim, signature, spending) };
}

function checkNonce(last: ChannelState | undefined, claim: ParsedClaim): void {
  const { nonce } = claim;
  const lastNonce = last?.nonce ?? 0;
  if (nonce <= lastNonce) {
    throw new SignerError("nonce", `nonce must be above ${lastNonce} (got ${nonce})`);
  }
  if (nonce > lastNonce + MAX_NONCE_STEP) {
    throw new SignerError(
      "nonce",
      `nonce must be at most ${MAX_NONCE_STEP} above ${lastNonce} (got ${nonce})`,
    );
  }
}

function checkCeilings(claim: ParsedClaim, ceilings: Ceilings, spending: SpendingState): void {
  checkCeiling("packet", claim.packetAmount, ceilings.perPacketUnits);
  checkCeiling("channel", claim.transferredAmount, ceilings.perChannelUnits);
  checkSpending(ceilings, spending);
}

function checkSpending({ perHourUnits, perDayUnits }: Ceilings, spending: SpendingState): void {
  checkCeiling("hour", spentUnits(spending, "hour"), perHourUnits);
  checkCeiling("day", spentUnits(spending, "day"), perDayUnits);
}

function checkCeiling(what: string, units: bigint, ceiling: bigint): void {
  if (units > ceiling) {
    throw new SignerError(
      "ceiling",
      `${units} units are above the ${what}'s ceiling of ${ceiling}`,
    );
  }
}

function withClaim(
  state: LedgerState,
  claim: ParsedClaim,
  signature: string,
  spending: SpendingState,
): LedgerState {
  const { chainId, tokenNetworkAddress, channelId, nonce, transferredAmount } = claim;
  return {
    counter: state.counter + 1,
    channels: [
      ...state.channels.filter((channel) => !sameChannel(channel, claim)),
      { chainId, tokenNetworkAddress, channelId, nonce, transferredAmount, signature },
    ],
    spending,
    transactions: state.transactions,
  };
}

/**
 * The state with a transaction in it; what it transfers counts as spent.
 *
 * @throws {SignerError} `ceiling`
 */
export function withTransaction(
  state: LedgerState,
  transactions: TransactionState,
  transferUnits: bigint,
  ceilings: Ceilings,
  nowMs: number,
): LedgerState {
  const spending = spend(state.spending, nowMs, transferUnits);
  if (transferUnits > 0n) checkSpending(ceilings, spending);
  return { ...state, counter: state.counter + 1, spending, transactions };
}

function sameChannel(
  channel: ChannelState,
  claim: Pick<ChannelState, "chainId" | "tokenNetworkAddress" | "channelId">,
): boolean {
  return channel.channelId === claim.channelId && channel.chainId === claim.chainId &&
    channel.tokenNetworkAddress === claim.tokenNetworkAddress;
}
