/**
 * The rule of `--verify 2of3`: how many providers run a job, and how many of their answers must be equal.
 *
 * @module
 */
import { MAX_VERIFIERS } from "../store/verification_row.ts";
import { InputError } from "./packing/input_error.ts";

/** `needed` of `count` providers must give the same answer. */
export interface VerifyRule {
  /** More than half of `count`, so that two different answers can never both have enough. */
  readonly needed: number;
  /** The number of providers. All are different. */
  readonly count: number;
}

/** Reads `KofN`. Throws InputError `bad_job`. */
export function parseVerifyRule(text: string): VerifyRule {
  const found = /^([1-9])of([1-9])$/.exec(text);
  const rule = found && checkedRule(Number(found[1]), Number(found[2]));
  if (rule !== null) return rule;
  throw new InputError(
    "bad_job",
    `--verify is KofN with K at least 2 and more than half of N, N at most ${MAX_VERIFIERS}`,
    { suggestion: "e.g. --verify 2of3" },
  );
}

/** The rule, or null if these numbers do not form one. */
export function checkedRule(needed: number, count: number): VerifyRule | null {
  const whole = Number.isSafeInteger(needed) && Number.isSafeInteger(count);
  const fits = whole && count <= MAX_VERIFIERS && needed >= 2 && needed <= count;
  return fits && 2 * needed > count ? { needed, count } : null;
}
