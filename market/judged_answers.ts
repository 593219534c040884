/**
 * Which answers of a verification a skill has judged, and whether it must be asked again.
 *
 * @module
 */
import { type Judgement, readJudgement } from "../store/judgement.ts";
import { groupsText, type JudgementRow } from "../store/judgement_row.ts";
import type { AnswerMark } from "./comparators.ts";
import { unsureOf } from "./judge_parts.ts";
import type { VerifyRule } from "./verify_rule.ts";

/** An answer before it is judged. */
interface UnjudgedJob {
  readonly mark: AnswerMark | null;
  readonly open: boolean;
}

/** The state of the judging. */
export interface Judging extends Judgement {
  /** The skill's name. */
  readonly skill: string;
  /** The hash of the skill's files. Null if it was not asked. */
  readonly sha256: string | null;
  /** Why some comparisons could not be made. Null if all were made, or if it was not asked. */
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
): {
  readonly jobs: (Job & { readonly group: string | null; readonly unsure: readonly string[] })[];
  readonly judging: Judging;
} {
  const answers = [...new Set(jobs.flatMap(({ mark }) => mark?.sha256 ?? []))].sort();
  const count = jobs.filter(({ mark }) => mark !== null).length;
  const mayCome = jobs.some(({ open }) => open);
  // One answer cannot be compared, so no skill is asked.
  const isAlone = count === 1 && !mayCome;
  const judgement = readJudgement(row);
  const { groups } = judgement;
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
      const unsure = group === null || isAlone ? [] : unsureOf(judgement, job.mark!.sha256!);
      return { ...job, group, unsure: unsure.map(String), open: job.open || waits };
    }),
    judging: {
      skill,
      sha256: row?.sha256 ?? null,
      ...judgement,
      error: row === null || row.errorCode === null || left.length > 0 && !failed
        ? null
        : { code: row.errorCode, message: row.errorMessage ?? "" },
      isDue,
      isPartial: left.length > 0,
    },
  };
}
