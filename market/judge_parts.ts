/**
 * Smaller inputs for a judging skill that failed on all answers at once, or contradicted itself. One answer may have caused that, and must
 * not prevent a verdict about the others. So the skill is asked about each pair, or about each answer alone if there are only two. A pair on
 * which it fails is undecided: the two answers are not equal, and neither differs from the other.
 *
 * @module
 */
import { type Groups, type Judgement, NO_JUDGEMENT, saidOf } from "../store/judgement.ts";
import type { JudgeInput } from "./judge_input.ts";

/** Failures that an answer can cause. After any other one the smaller inputs would fail as well. */
const CAUSED_BY_ANSWERS: readonly string[] = [
  "bad_output",
  "bad_verdict",
  "disk_limit",
  "files_limit",
  "memory_limit",
  "output_limit",
  "process_limit",
  "skill_failed",
  "timeout",
  "too_large",
];

/** Whether an answer can have caused this failure. */
export function mayBeAnAnswer(code: string): boolean {
  return CAUSED_BY_ANSWERS.includes(code);
}

/** The smaller inputs, without large answers. Empty if the input has fewer than two answers. */
export function partsOf({ bytes, hashes }: JudgeInput): JudgeInput[] {
  if (bytes === null || hashes.length < 2) return [];
  const { answers, ...document } = JSON.parse(new TextDecoder().decode(bytes)) as {
    readonly answers: readonly string[];
  };
  const inputOf = (positions: readonly number[]): JudgeInput => ({
    bytes: new TextEncoder().encode(
      `${JSON.stringify({ ...document, answers: positions.map((at) => answers[at]) })}\n`,
    ),
    hashes: positions.map((at) => hashes[at]),
    large: [],
  });
  const all = [...hashes.keys()];
  if (all.length === 2) return all.map((at) => inputOf([at]));
  return all.flatMap((one) => all.slice(one + 1).map((other) => inputOf([one, other])));
}

/**
 * The judgement of a verdict about all answers at once. Large answers were not in its input, so whether they differ from others is
 * undecided.
 */
export function judgementOfWhole({ large }: Pick<JudgeInput, "large">, groups: Groups): Judgement {
  const all = groups.flat();
  const undecided = all.flatMap((one, at) =>
    all.slice(at + 1).filter((other) => large.includes(one) || large.includes(other))
      .map((other) => [one, other])
  );
  return { groups, undecided };
}

/**
 * The judgement by what was said about the parts of an input, in their order; null for a part on which the skill failed. All answers of a
 * group are equal in pairs. The largest group is made first, and of two as large the one with the lower hashes. Returns null if the parts
 * say nothing: the skill failed on all of them, or works on each of two answers and only fails on both together.
 *
 * @param kept An earlier judgement. What it says of two answers stays.
 */
export function judgementOfParts(
  { hashes, large }: Pick<JudgeInput, "hashes" | "large">,
  said: readonly (Groups | null)[],
  kept: Judgement = NO_JUDGEMENT,
): Judgement | null {
  if (said.every((groups) => groups === null)) return null;
  if (hashes.length === 2 && said.every((groups) => groups !== null)) return null;
  const pairs = new Map(
    said.flatMap((groups) => groups === null ? [] : [groups])
      .filter((groups) => groups.flat().length === 2)
      .map((groups) => [nameOf(groups.flat()), groups.length === 1]),
  );
  const isEqual = (one: string, other: string): boolean | null =>
    saidOf(kept, one, other) ?? pairs.get(nameOf([one, other])) ?? null;
  const known = kept.groups.flat();
  const others = [...hashes, ...large].filter((hash) => !known.includes(hash));
  let left: Groups = [...kept.groups, ...others.map((hash) => [hash])];
  const groups: string[][] = [];
  while (left.length > 0) {
    const largest = largestOf(left, isEqual);
    groups.push(largest.flat());
    left = left.filter((each) => !largest.includes(each));
  }
  const all = groups.flat();
  const undecided = all.flatMap((one, at) =>
    all.slice(at + 1).filter((other) =>
      !groups.some((group) => group.includes(one) && group.includes(other)) &&
      isEqual(one, other) !== false
    ).map((other) => [one, other])
  );
  return { groups, undecided };
}

/** The groups of other answers from which this one may not differ, by their positions. */
export function unsureOf({ groups, undecided }: Judgement, hash: string): number[] {
  const others = undecided.filter((pair) => pair.includes(hash)).flat();
  return [...groups.keys()].filter((at) =>
    !groups[at].includes(hash) && groups[at].some((other) => others.includes(other))
  );
}

/** The groups that are all equal in pairs and have most answers. There are at most nine answers, so every set can be tried. */
function largestOf(
  groups: Groups,
  isEqual: (one: string, other: string) => boolean | null,
): Groups {
  const fit = (some: readonly string[], others: readonly string[]) =>
    some.every((one) => others.every((other) => isEqual(one, other) === true));
  const sets: Groups[] = [[]];
  for (const group of groups) {
    for (const set of [...sets]) {
      if (set.every((each) => fit(each, group))) sets.push([...set, group]);
    }
  }
  const count = (set: Groups) => set.flat().length;
  return sets.reduce((best, set) =>
    count(set) > count(best) ||
      count(set) === count(best) && nameOf(set.flat()) < nameOf(best.flat())
      ? set
      : best
  );
}

function nameOf(hashes: readonly string[]): string {
  return [...hashes].sort().join();
}
