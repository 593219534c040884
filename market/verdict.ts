/**
 * What the answers of several providers to one job come to. It depends on the answers alone, so that anybody who has them finds the same.
 *
 * @module
 */
import { type AnswerMark, sameMark } from "./answer_mark.ts";
import type { VerifyRule } from "./verify_rule.ts";

/** One of the jobs that are compared. */
export interface ComparedJob {
  readonly provider: string;
  /** Null where there is no answer. */
  readonly mark: AnswerMark | null;
  /** Whether an answer may still come. */
  readonly open: boolean;
}

/** Who said what. */
export interface Verdict<Job extends ComparedJob> {
  /** `open`: too few equal answers so far. `split`: there cannot be enough any more. */
  readonly state: "agreed" | "open" | "split";
  /** Those with the answer that counts; none unless enough agree. */
  readonly agreed: readonly Job[];
  /** All other answers. */
  readonly dissent: readonly Job[];
  /** Without an answer. */
  readonly unanswered: readonly Job[];
}

/** Compares. A provider that answers twice counts once. */
export function verdictOf<Job extends ComparedJob>(
  { needed }: Pick<VerifyRule, "needed">,
  jobs: readonly Job[],
): Verdict<Job> {
  const answered = jobs.filter(({ mark }) => mark !== null);
  const unanswered = jobs.filter(({ mark }) => mark === null);
  const groups: Job[][] = [];
  for (const job of answered) {
    const group = groups.find(([first]) => sameMark(first.mark!, job.mark!));
    if (group === undefined) groups.push([job]);
    else group.push(job);
  }
  const voices = (group: readonly Job[]) => new Set(group.map(({ provider }) => provider)).size;
  const agreed = groups.find((group) => voices(group) >= needed) ?? [];
  const dissent = answered.filter((job) => !agreed.includes(job));
  const open = unanswered.filter((job) => job.open).length;
  const most = Math.max(0, ...groups.map(voices));
  const state = agreed.length > 0 ? "agreed" : most + open >= needed ? "open" : "split";
  return { state, agreed, dissent, unanswered };
}
