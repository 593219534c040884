/**
 * Compares the answers of several providers to one job. The verdict depends only on the answers, so everybody who has them gets the same
 * verdict.
 *
 * @module
 */
import type { AnswerMark } from "./answer_mark.ts";
import type { VerifyRule } from "./verify_rule.ts";

/** One of the jobs that are compared. */
export interface ComparedJob {
  readonly provider: string;
  /** The mark of its answer. Null if there is no answer. */
  readonly mark: AnswerMark | null;
  /** Answers of the same group are equal. Null if there is no answer, or if nobody has judged it. */
  readonly group: string | null;
  /** True if an answer may still arrive. */
  readonly open: boolean;
}

/** The result of the comparison. */
export interface Verdict<Job extends ComparedJob> {
  /**
   * `agreed`: enough answers are equal. `open`: too few are equal so far. `split`: it is no longer possible that enough are equal.
   * `unchecked`: a challenged job has only one answer, which counts as the answer of a job that is not challenged.
   */
  readonly state: "agreed" | "open" | "split" | "unchecked";
  /** The jobs with the answer that counts. Empty if `open` or `split`. */
  readonly agreed: readonly Job[];
  /** All other answers. */
  readonly dissent: readonly Job[];
  /** The jobs without an answer that is judged. */
  readonly unanswered: readonly Job[];
}

/** How to compare answers. */
interface Comparing extends Pick<VerifyRule, "needed"> {
  /** Whether one answer is enough if no further answer can arrive. */
  readonly challenge?: boolean;
}

/** Compares the answers. A provider that answers twice counts once. */
export function verdictOf<Job extends ComparedJob>(
  { needed, challenge = false }: Comparing,
  jobs: readonly Job[],
): Verdict<Job> {
  const answered = jobs.filter(({ group }) => group !== null);
  const unanswered = jobs.filter(({ group }) => group === null);
  const groups = [...Map.groupBy(answered, ({ group }) => group).values()];
  const voices = (group: readonly Job[]) => new Set(group.map(({ provider }) => provider)).size;
  const agreed = groups.find((group) => voices(group) >= needed) ?? [];
  const dissent = answered.filter((job) => !agreed.includes(job));
  const open = unanswered.filter((job) => job.open).length;
  const most = Math.max(0, ...groups.map(voices));
  if (challenge && open === 0 && most > 0 && agreed.length === 0 && groups.length === 1) {
    return { state: "unchecked", agreed: groups[0], dissent: [], unanswered };
  }
  const state = agreed.length > 0 ? "agreed" : most + open >= needed ? "open" : "split";
  return { state, agreed, dissent, unanswered };
}
