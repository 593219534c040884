/**
 * `--challenge 0.05`: by chance a job is done twice, at two providers that do not know of each other, and a third one is asked once their
 * answers differ. With two answers nobody knows who is wrong, so they count against nobody.
 *
 * @module
 */
import { InputError } from "./packing/input_error.ts";
import type { VerifyRule } from "./verify_rule.ts";

/** Both answers of a challenged job must be equal, or two of three once they were not. */
export const CHALLENGE_RULE: VerifyRule = { needed: 2, count: 2 };

/**
 * Into so many parts the bid is divided, for the two and the third. A job that is not challenged has one part too: its provider could
 * tell by the bid otherwise.
 */
export const CHALLENGE_PARTS = 3;

/** Marks the key under which the same command finds its job again, challenged or not. */
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
 * @param random Gives a number from 0 up to, and without, 1.
 */
export function isChallenged(chance: number, random: () => number): boolean {
  return random() < chance;
}
