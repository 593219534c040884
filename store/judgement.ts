/**
 * What a judging skill has said about the answers of a verification. Answers are named by the SHA-256 of their content, in hex.
 *
 * @module
 */
import { type JudgementRow, readGroupsText, readPairsText } from "./judgement_row.ts";

/** Groups of answers. */
export type Groups = readonly (readonly string[])[];

/** What was said. */
export interface Judgement {
  /** Groups of equal answers. Answers of different groups differ, unless their pair is undecided. */
  readonly groups: Groups;
  /** Pairs of answers of different groups for which no run of the skill has said that they differ. */
  readonly undecided: Groups;
}

/** Nothing was said. */
export const NO_JUDGEMENT: Judgement = { groups: [], undecided: [] };

/** What a stored judgement says. */
export function readJudgement(
  row: Pick<JudgementRow, "groups" | "undecided"> | null,
): Judgement {
  if (row === null || row.groups === null) return NO_JUDGEMENT;
  return {
    groups: readGroupsText("groups", row.groups),
    undecided: row.undecided === null ? [] : readPairsText("undecided", row.undecided),
  };
}

/** Whether two answers are equal. Null if the judgement does not say it. */
export function saidOf(
  { groups, undecided }: Judgement,
  one: string,
  other: string,
): boolean | null {
  const at = groups.findIndex((group) => group.includes(one));
  const otherAt = groups.findIndex((group) => group.includes(other));
  if (at < 0 || otherAt < 0) return null;
  if (at === otherAt) return true;
  return undecided.some((pair) => pair.includes(one) && pair.includes(other)) ? null : false;
}

/** Whether a later judgement has all answers of an earlier one, and says the same of each two about which the earlier one says something. */
export function keepsJudgement(before: Judgement, next: Judgement): boolean {
  const known = before.groups.flat();
  const has = new Set(next.groups.flat());
  return known.every((one) =>
    has.has(one) && known.every((other) => {
      const said = saidOf(before, one, other);
      return said === null || said === saidOf(next, one, other);
    })
  );
}
