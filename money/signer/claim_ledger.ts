/**
 * The rules for a claim: it is compared with the last claim on its channel and with the ceilings (docs/money.md#keys). Pure. A broken rule
 * throws. For an allowed claim the new spending record is returned, which takes effect after the signature was made and verified.
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
  /** The nonce of the last signed claim. */
  readonly nonce: number;
  /** The cumulative amount in base units. */
  readonly transferredAmount: bigint;
  /** Its signature, which is returned again for the same claim. */
  readonly signature: string;
}

/** The result for a claim: its earlier signature, or the spending record after it is signed. */
type Judgement = { readonly again: string } | { readonly spending: SpendingState };

/** The ledger's key for a channel. */
export function channelKey(entry: AllowedContract, channelId: string): string {
  return `c:${contractKey(entry)}:${channelId}`;
}

/**
 * Checks a claim against all rules.
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
  const packets = [...claim.covers, claim.packetAmount];
  if (units > packets.reduce((sum, amount) => sum + amount)) {
    throw new SignerError(
      "bad_field",
      `transferredAmount must not rise by more than the amounts of its packets (it rises by ${units})`,
    );
  }
  for (const amount of packets) checkCeiling("the packet", amount, ceilings.perPacketUnits);
  checkCeiling("the channel's total", claim.transferredAmount, ceilings.perChannelUnits);
  return { spending: spendWithin(spending, nowMs, units, ceilings) };
}

/**
 * The spending record with `units` added.
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
