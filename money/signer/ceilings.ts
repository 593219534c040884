/**
 * The ceilings of a signer (FR13): what the program was built with, what somebody with the passphrase set instead, and what flags,
 * environment and file ask for, which only ever lowers.
 *
 * @module
 */
import { record, units } from "./claim_fields.ts";
import { SignerError } from "./signer_error.ts";
import type { Ceilings } from "./hard_ceilings.ts";
import type { AllCeilings } from "./hard_ceilings.ts";
import type { TransactionCeilings } from "./hard_ceilings.ts";
import type { StatedCeilings } from "./hard_ceilings.ts";

/** Those of this release. */
const STATED_CEILINGS: StatedCeilings = {
  perJobUnits: 10_000_000n,
  perProviderDayUnits: 100_000_000n,
  windowUnits: 1_000_000n,
};

/** A ceiling's name. */
export type CeilingName = Exclude<keyof AllCeilings | keyof StatedCeilings, "lowered">;

/** Ceilings by name. */
type CeilingValues = Readonly<Record<CeilingName, bigint>>;

/** A change that somebody with the passphrase made, as the ledger keeps it for good. */
export interface CeilingChange {
  readonly atMs: number;
  readonly ceilings: Readonly<Partial<Record<CeilingName, bigint>>>;
}

/** All ceilings as they stand. */
export interface CeilingsView {
  /** What is held to. */
  readonly effective: CeilingValues;
  /** Before anything was lowered by flags, environment or file. */
  readonly hard: CeilingValues;
  /** Oldest first. */
  readonly changes: readonly CeilingChange[];
}

/** Every name; `Units` are the token's base units, `Wei` the chain's own currency. */
const CEILING_NAMES: readonly CeilingName[] = [
  "perPacketUnits",
  "perChannelUnits",
  "perHourUnits",
  "perDayUnits",
  "perJobUnits",
  "perProviderDayUnits",
  "windowUnits",
  "depositUnits",
  "lockedUnits",
  "depositedPerDayUnits",
  "gasPerTransactionWei",
  "gasPerDayWei",
  "sentPerDayWei",
];

const MAX = 2n ** 256n - 1n;

/** What a signer was started with. Throws SignerError `bad_field`. */
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

/** A change from a caller that may be hostile. Throws SignerError `bad_field`. */
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

/** The ceilings in force. */
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

function valuesOf(value: (name: CeilingName) => bigint): CeilingValues {
  return Object.fromEntries(CEILING_NAMES.map((name) => [name, value(name)])) as CeilingValues;
}
