/**
 * The rules that a claim must keep against the last one on its channel and against the ceilings (docs/money.md#keys). Pure: a rule that is
 * broken throws, and a claim that is allowed gives what it adds, which counts once the signature was made and verified.
 *
 * @module
 */
import { MAX_NONCE_AHEAD } from "../../protocols/evm/claim.ts";
import { type AllowedContract, contractKey, type ParsedClaim } from "./claim_fields.ts";
import { aboveCeilingText } from "./above_ceiling.ts";
import { SignerError } from "./signer_error.ts";
import type { Ceilings } from "./hard_ceilings.ts";
import { spend, type SpendingState, spentUnits } from "./spending.ts";

/** The last claim on one channel. */
export interface ChannelState {
  /** The last one signed. */
  readonly nonce: number;
  /** Cumulative, base units. */
  readonly transferredAmount: bigint;
  /** Its signature, given again for the same bytes. */
  readonly signature: string;
}

/** What the ledger says to a claim: the signature it gave before, or what is spent once this one is signed. */
type Judgement = { readonly again: string } | { readonly spending: SpendingState };

/** Under which key the ledger keeps a channel. */
export function channelKey(entry: AllowedContract, channelId: string): string {
  return `c:${contractKey(entry)}:${channelId}`;
}

/**
 * Judges a claim against all rules.
 *
 * @throws {SignerError} `nonce`, `bad_field` or `ceiling`
 */
export function judgeClaim(
  last: ChannelState | undefined,
  spending: SpendingState,
  claim: ParsedClaim,
  ceilings: Ceilings,
  nowMs: number,
): Judgement {
  if (last !== undefined && claim.nonce === last.nonce) {
    if (claim.transferredAmount === last.transferredAmount) return { again: last.signature };
    throw new SignerError("nonce", `nonce ${claim.nonce} was signed for another amount`);
  }
  checkNonce(last?.nonce ?? 0, claim.nonce);
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
  checkCeiling("the packet", claim.packetAmount, ceilings.perPacketUnits);
  checkCeiling("the channel's total", claim.transferredAmount, ceilings.perChannelUnits);
  return { spending: spendWithin(spending, nowMs, units, ceilings) };
}

/**
 * The record with `units` more in it.
 *
 * @throws {SignerError} `ceiling` of the hour or the day
 */
export function spendWithin(
  spending: SpendingState,
  nowMs: number,
  units: bigint,
  { perHourUnits, perDayUnits }: Ceilings,
): SpendingState {
  const next = spend(spending, nowMs, units);
  checkCeiling("the hour's total", spentUnits(next, "hour"), perHourUnits);
  checkCeiling("the day's total", spentUnits(next, "day"), perDayUnits);
  return next;
}

function checkNonce(lastNonce: number, nonce: number): void {
  if (nonce <= lastNonce) {
    throw new SignerError("nonce", `nonce must be above ${lastNonce} (got ${nonce})`);
  }
  if (nonce > lastNonce + MAX_NONCE_AHEAD) {
    throw new SignerError(
      "nonce",
      `nonce must be at most ${MAX_NONCE_AHEAD} above ${lastNonce} (got ${nonce})`,
    );
  }
}

function checkCeiling(what: string, units: bigint, ceiling: bigint): void {
  if (units > ceiling) {
    const above = { what, amount: units, ceiling, unit: "units" } as const;
    throw new SignerError("ceiling", aboveCeilingText(above), { above });
  }
}
