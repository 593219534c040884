/**
 * Which answers of a verification a skill has judged, and whether it must be asked again.
 *
 * @module
 */
import { groupsText, type JudgementRow, readGroupsText } from "../store/judgement_row.ts";
import type { AnswerMark } from "./answer_mark.ts";
import type { VerifyRule } from "./verify_rule.ts";

/** An answer before it is judged. */
interface UnjudgedJob {
  readonly mark: AnswerMark | null;
  readonly open: boolean;
}

/** The state of the judging. */
export interface Judging {
  /** The skill's name. */
  readonly skill: string;
  /** The hash of the skill's files. Null if it was not asked. */
  readonly sha256: string | null;
  /** The groups of equal answers that it made so far, by their hashes. */
  readonly groups: readonly (readonly string[])[];
  /** Why it has not judged all answers. Null if it has, or if it was not asked about them. */
  readonly error: { readonly code: string; readonly message: string } | null;
  /** Whether there are answers that it has neither judged nor failed on. */
  readonly isDue: boolean;
  /** Whether some answers are not judged. */
  readonly isPartial: boolean;
}

/** Puts the answers into the groups of the judgement, which is null if the skill was not asked. */
export function judged<Job extends UnjudgedJob>(
  jobs: readonly Job[],
  { needed }: Pick<VerifyRule, "needed">,
  skill: string,
  row: JudgementRow | null,
): { readonly jobs: (Job & { readonly group: string | null })[]; readonly judging: Judging } {
  const answers = [...new Set(jobs.flatMap(({ mark }) => mark?.sha256 ?? []))].sort();
  const count = jobs.filter(({ mark }) => mark !== null).length;
  const mayCome = jobs.some(({ open }) => open);
  // One answer cannot be compared, so no skill is asked.
  const isAlone = count === 1 && !mayCome;
  const groups = row?.groups === null || row === null ? [] : readGroupsText("groups", row.groups);
  const groupOf = (hash: string): string | null => {
    const at = groups.findIndex((group) => group.includes(hash));
    return at >= 0 ? String(at) : isAlone ? hash : null;
  };
  const left = answers.filter((hash) => groupOf(hash) === null);
  const failed = answers.length > 0 && row?.failedOn === groupsText([answers]);
  const isDue = left.length > 0 && !failed && count >= 2 && (count >= needed || !mayCome);
  return {
    jobs: jobs.map((job) => {
      const group = job.mark === null ? null : groupOf(job.mark.sha256!);
      // An answer that is not judged counts as one that may still come, as long as the skill will be asked about it.
      const waits = job.mark !== null && group === null && (mayCome || !failed);
      return { ...job, group, open: job.open || waits };
    }),
    judging: {
      skill,
      sha256: row?.sha256 ?? null,
      groups,
      error: failed && left.length > 0
        ? { code: row!.errorCode!, message: row!.errorMessage ?? "" }
        : null,
      isDue,
      isPartial: left.length > 0,
    },
  };
}
