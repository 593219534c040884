/**
 * The ceilings of a signer. The program's ceilings can be changed with the passphrase. Flags, environment and file can only lower
 * them.
 *
 * @module
 */
import { record, units } from "./claim_fields.ts";
import { SignerError } from "./signer_error.ts";
import type { Ceilings } from "./hard_ceilings.ts";
import type { AllCeilings } from "./hard_ceilings.ts";
import type { TransactionCeilings } from "./hard_ceilings.ts";
import type { StatedCeilings } from "./hard_ceilings.ts";

/** The stated ceilings of this release. */
const STATED_CEILINGS: StatedCeilings = {
  perJobUnits: 10_000_000n,
  perProviderDayUnits: 100_000_000n,
  perStrangersDayUnits: 1_000_000n,
  windowUnits: 1_000_000n,
};

/** A ceiling's name. */
export type CeilingName = Exclude<keyof AllCeilings | keyof StatedCeilings, "lowered">;

/** Ceilings by name. */
type CeilingValues = Readonly<Record<CeilingName, bigint>>;

/** A change that was made with the passphrase. The ledger keeps it permanently. */
export interface CeilingChange {
  readonly atMs: number;
  readonly ceilings: Readonly<Partial<Record<CeilingName, bigint>>>;
}

/** All ceilings now. */
export interface CeilingsView {
  /** The ceilings that are enforced. */
  readonly effective: CeilingValues;
  /** The ceilings before flags, environment or file lowered them. */
  readonly hard: CeilingValues;
  /** The changes, the oldest first. */
  readonly changes: readonly CeilingChange[];
}

/** All names. `Units` are the token's base units, `Wei` is the chain's currency. */
const CEILING_NAMES: readonly CeilingName[] = [
  "perPacketUnits",
  "perChannelUnits",
  "perHourUnits",
  "perDayUnits",
  "perJobUnits",
  "perProviderDayUnits",
  "perStrangersDayUnits",
  "windowUnits",
  "depositUnits",
  "lockedUnits",
  "depositedPerDayUnits",
  "gasPerTransactionWei",
  "gasPerDayWei",
  "sentPerDayWei",
];

const MAX = 2n ** 256n - 1n;

/** Reads the ceilings with which a signer was started. Throws SignerError `bad_field`. */
export function parseCeilings(
  claims: Ceilings,
  transactions: TransactionCeilings,
): { readonly base: CeilingValues; readonly lowered: CeilingChange["ceilings"] } {
  const { lowered = {}, ...rest } = claims;
  const given = { ...STATED_CEILINGS, ...transactions, ...rest };
  return {
    base: valuesOf((name) => units(given[name], name, MAX)),
    lowered: parseChange(lowered),
  };
}

/** Reads a change from a caller that may be hostile. Throws SignerError `bad_field`. */
export function parseChange(value: unknown): CeilingChange["ceilings"] {
  const fields = record(value, "ceilings");
  const unknown = Object.keys(fields).find((name) => !CEILING_NAMES.includes(name as CeilingName));
  if (unknown !== undefined) throw new SignerError("bad_field", "no such ceiling");
  const change: Partial<Record<CeilingName, bigint>> = {};
  for (const name of CEILING_NAMES) {
    const amount = fields[name];
    if (amount !== undefined) change[name] = units(amount, name, MAX);
  }
  return change;
}

/** The ceilings in force: before and after lowering. */
export function ceilingsInForce(
  base: CeilingValues,
  changed: Readonly<Record<string, bigint>>,
  lowered: CeilingChange["ceilings"],
): { readonly hard: CeilingValues; readonly effective: CeilingValues } {
  const hard = valuesOf((name) => changed[name] ?? base[name]);
  const effective = valuesOf((name) => {
    const asked = lowered[name];
    return asked !== undefined && asked < hard[name] ? asked : hard[name];
  });
  return { hard, effective };
}

/** The lower of both for each name. A name that only one of them has keeps its value. */
export function lowerOf(
  one: CeilingChange["ceilings"],
  other: CeilingChange["ceilings"],
): CeilingChange["ceilings"] {
  const lower: Partial<Record<CeilingName, bigint>> = { ...one };
  for (const name of CEILING_NAMES) {
    const [before, asked] = [one[name], other[name]];
    if (asked !== undefined && (before === undefined || asked < before)) lower[name] = asked;
  }
  return lower;
}

function valuesOf(value: (name: CeilingName) => bigint): CeilingValues {
  return Object.fromEntries(CEILING_NAMES.map((name) => [name, value(name)])) as CeilingValues;
}
