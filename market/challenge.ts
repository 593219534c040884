/**
 * `--challenge 0.05`: with this probability two providers that do not know of each other do the same job. If their answers differ, a third
 * provider is asked. Two different answers alone do not show which one is wrong, so they lower no provider's score.
 *
 * @module
 */
import { InputError } from "./packing/input_error.ts";
import type { VerifyRule } from "./verify_rule.ts";

/** Both answers of a challenged job must be equal. If they differ, a third job is added, and two of the three answers must be equal. */
export const CHALLENGE_RULE: VerifyRule = { needed: 2, count: 2 };

/**
 * The bid is divided into this number of parts: one for each of the two providers and one for the third. A job that is not challenged has
 * one part too, because otherwise the bid would show the provider whether the job is challenged.
 */
export const CHALLENGE_PARTS = 3;

/** A part of the job's key. With it, the same command finds its job again, whether the job was challenged or not. */
export const CHALLENGE_KEY = "challenge";

/** Reads a probability: 0 to 1 with at most six decimals; 0 challenges no job. Throws InputError `bad_job`. */
export function parseChance(text: string): number {
  if (/^(0(\.\d{1,6})?|1(\.0{1,6})?)$/.test(text)) return Number(text);
  throw new InputError(
    "bad_job",
    "--challenge is a probability from 0 to 1 with at most six decimals",
    { suggestion: "e.g. --challenge 0.05 for one of twenty jobs" },
  );
}

/**
 * Whether a job is challenged.
 *
 * @param random Returns a number of at least 0 and less than 1.
 */
export function isChallenged(chance: number, random: () => number): boolean {
  return random() < chance;
}
