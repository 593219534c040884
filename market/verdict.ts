/**
 * Compares the answers of several providers to one job. The verdict depends only on the answers and on what was found out about them, so
 * everybody who has both gets the same verdict.
 *
 * @module
 */
import type { AnswerMark } from "./comparators.ts";
import type { VerifyRule } from "./verify_rule.ts";

/** One of the jobs that are compared. */
export interface ComparedJob {
  readonly provider: string;
  /** The mark of its answer. Null if there is no answer. */
  readonly mark: AnswerMark | null;
  /** Answers of the same group are equal. Null if there is no answer, or if nobody has compared it. */
  readonly group: string | null;
  /** The groups from which its answer may not differ, because a comparison with one of their answers could not be made. Default: none. */
  readonly unsure?: readonly string[];
  /** True if an answer may still arrive, or if its answer will still be compared. */
  readonly open: boolean;
}

/** The result of the comparison. */
export interface Verdict<Job extends ComparedJob> {
  /**
   * `agreed`: enough answers are equal. `open`: too few are equal so far. `split`: it is no longer possible that enough are equal.
   * `no_verdict`: enough may be equal, but comparisons that could decide it could not be made. `unchecked`: a challenged job has only one
   * answer, which counts as the answer of a job that is not challenged.
   */
  readonly state: "agreed" | "open" | "split" | "no_verdict" | "unchecked";
  /** The jobs with the answer that counts. Empty unless the state is `agreed` or `unchecked`. */
  readonly agreed: readonly Job[];
  /** Answers that differ: from all that agree, or from some other answer if none agree. */
  readonly dissent: readonly Job[];
  /** All other answers. No comparison contradicts them, so they are held against nobody. */
  readonly undecided: readonly Job[];
  /** The jobs without an answer. */
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
  const answered = jobs.filter(({ mark }) => mark !== null);
  const unanswered = jobs.filter(({ mark }) => mark === null);
  const grouped = answered.filter(({ group }) => group !== null);
  const groups = [...Map.groupBy(grouped, ({ group }) => group).values()];
  const agreed = groups.find((group) => voices(group) >= needed) ?? [];
  const waiting = jobs.filter(({ group, open }) => group === null && open).length;
  const most = Math.max(0, ...groups.map(voices));
  const isAlone = groups.length === 1 && answered.length === grouped.length;
  if (challenge && waiting === 0 && agreed.length === 0 && isAlone) {
    return { state: "unchecked", agreed: groups[0], dissent: [], undecided: [], unanswered };
  }
  const against = agreed.length > 0 ? agreed : grouped;
  const dissent = grouped.filter((job) =>
    !agreed.includes(job) && against.some((other) => differs(job, other))
  );
  const undecided = answered.filter((job) => !agreed.includes(job) && !dissent.includes(job));
  const failed = answered.filter(({ group, open }) => group === null && !open).length;
  const possible = failed +
    Math.max(0, ...grouped.map((job) => voices(grouped.filter((each) => !differs(job, each)))));
  const state = agreed.length > 0
    ? "agreed"
    : most + waiting >= needed
    ? "open"
    : possible + waiting < needed
    ? "split"
    : waiting > 0
    ? "open"
    : "no_verdict";
  return { state, agreed, dissent, undecided, unanswered };
}

/** The number of providers that gave these answers. */
function voices(jobs: readonly ComparedJob[]): number {
  return new Set(jobs.map(({ provider }) => provider)).size;
}

/** Whether comparisons showed that an answer differs from the whole group of another one. */
function differs({ group, unsure = [] }: ComparedJob, other: ComparedJob): boolean {
  return group !== other.group && !unsure.includes(other.group!);
}
