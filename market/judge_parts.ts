/**
 * Smaller inputs for a judging skill that failed on all answers at once, or contradicted itself. One answer may have caused that, and must
 * not prevent a verdict about the others. So the skill is asked about each pair, or about each answer alone if there are only two.
 *
 * @module
 */
import type { JudgeInput } from "./judge_input.ts";

/** Groups of equal answers by their hashes. */
type Groups = readonly (readonly string[])[];

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

/** Whether a verdict keeps the groups of an earlier one: it may only add answers to them. */
export function keepsGroups(kept: Groups, groups: Groups): boolean {
  const all = kept.flatMap((group, at) => group.map((hash) => ({ hash, at })));
  const positionOf = (hash: string) => groups.findIndex((group) => group.includes(hash));
  return all.every((one) =>
    positionOf(one.hash) >= 0 &&
    all.every((other) =>
      (one.at === other.at) === (positionOf(one.hash) === positionOf(other.hash))
    )
  );
}

/**
 * Groups of equal answers by what was said about the parts of an input, in their order; null for a part on which the skill failed. All
 * answers that are grouped here are equal in pairs. The largest group comes first, and of two as large the one with the lower hashes.
 * Returns null if the parts say nothing: the skill failed on all of them, or works on each of two answers and only fails on both together.
 *
 * @param kept The groups of an earlier verdict, which stay. Other answers only join them.
 */
export function groupsOfParts(
  { hashes, large }: Pick<JudgeInput, "hashes" | "large">,
  said: readonly (Groups | null)[],
  kept: Groups = [],
): string[][] | null {
  if (said.every((groups) => groups === null)) return null;
  if (hashes.length === 2 && said.every((groups) => groups !== null)) return null;
  const equal = new Set(
    said.flatMap((groups) => groups ?? []).filter(({ length }) => length === 2).map(nameOf),
  );
  const groups = kept.map((group) => [...group]).sort((one, other) => other.length - one.length);
  let left: string[] = [];
  for (const hash of [...hashes, ...large]) {
    if (groups.some((group) => group.includes(hash))) continue;
    const joined = groups.find((group) => group.every((other) => equal.has(nameOf([other, hash]))));
    if (joined === undefined) left.push(hash);
    else joined.push(hash);
  }
  while (left.length > 0) {
    const group = largestOf(left, equal);
    groups.push(group);
    left = left.filter((hash) => !group.includes(hash));
  }
  return groups;
}

/** The largest set of answers that are all equal in pairs. There are at most nine answers, so every set can be tried. */
function largestOf(hashes: readonly string[], equal: ReadonlySet<string>): string[] {
  const sets: string[][] = [[]];
  for (const hash of hashes) {
    for (const set of [...sets]) {
      if (set.every((other) => equal.has(nameOf([other, hash])))) sets.push([...set, hash]);
    }
  }
  const name = (set: readonly string[]) => set.join();
  return sets.reduce((best, set) =>
    set.length > best.length || set.length === best.length && name(set) < name(best) ? set : best
  );
}

function nameOf(pair: readonly string[]): string {
  return [...pair].sort().join();
}
