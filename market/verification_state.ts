/**
 * The state of a verification, read from its rows, and the answers of this home's verifications that were contradicted.
 *
 * @module
 */
import { isEnded } from "../protocols/job_status.ts";
import type { JobRow } from "../store/job_row.ts";
import type { Store } from "../store/store.ts";
import type { Comparator } from "../store/verification_row.ts";
import { groupOfMark } from "./comparators.ts";
import { judged, type Judging } from "./judged_answers.ts";
import type { Market } from "./market_service.ts";
import { type ComparedJob, type Verdict, verdictOf } from "./verdict.ts";

/** One job of a verification. */
export interface VerifierJob extends ComparedJob {
  readonly row: JobRow;
}

/** The state of a verification. */
export interface VerificationState extends Verdict<VerifierJob> {
  readonly needed: number;
  readonly count: number;
  /** Whether it is a challenge: two jobs, and a third one only if their answers differ. */
  readonly challenge: boolean;
  /** How the answers are compared. */
  readonly compare: Comparator;
  /** What the skill that judges has said. Null if none judges. */
  readonly judging: Judging | null;
  /** The rows by position. The first one gives the verification its id. */
  readonly rows: readonly JobRow[];
  /** The cost of all its jobs so far, in base units. */
  readonly paidUnits: bigint;
}

type Reads = Pick<Store, "verificationOf" | "getJob" | "attemptsOf" | "judgementOf">;

/** The verification that a job belongs to. Null if it belongs to none. Rejects with the errors of reading an answer. */
export async function verificationState(
  store: Reads,
  market: Pick<Market, "answerMark">,
  jobId: string,
): Promise<VerificationState | null> {
  const members = await store.verificationOf(jobId);
  if (members.length === 0) return null;
  const found = await Promise.all(members.map((each) => store.getJob(each.jobId, "buyer")));
  const rows = found.filter((row) => row !== null);
  const tried = await Promise.all(members.map((each) => store.attemptsOf(each.jobId)));
  // The payment of the job's current provider is in the job's row, so it is not counted here.
  const lostUnits = tried.flat().filter(({ eventId }) =>
    rows.every((row) => row.eventId !== eventId)
  ).reduce((sum, { paidUnits }) => sum + paidUnits, 0n);
  const [{ leadId, needed, count, challenge, compare, judge }] = members;
  const marked = await Promise.all(rows.map(async (row) => ({
    row,
    provider: row.provider ?? "",
    open: !isEnded(row.status),
    mark: row.result === null || !isEnded(row.status)
      ? null
      : await market.answerMark(row.kind, row.result, compare),
  })));
  const { jobs, judging }: {
    readonly jobs: readonly VerifierJob[];
    readonly judging: Judging | null;
  } = judge === null
    ? { jobs: marked.map((job) => ({ ...job, group: groupOfMark(job.mark) })), judging: null }
    : judged(marked, { needed }, judge, await store.judgementOf(leadId));
  const verdict = verdictOf({ needed, challenge }, jobs);
  const paidUnits = rows.reduce(
    (sum, { writeUnits, jobPaid, amountUnits }) => sum + writeUnits + (jobPaid ? amountUnits : 0n),
    lostUnits,
  );
  return {
    needed,
    count,
    challenge,
    compare,
    judging,
    rows,
    paidUnits,
    ...verdict,
  };
}

/** An answer that was not accepted. */
export interface Dissent {
  readonly jobId: string;
  readonly provider: string;
  /** The first job of its verification. */
  readonly leadId: string;
}

/** Answers of this home's verifications that were not accepted. */
export interface Contradictions {
  /** Answers that differ from enough equal ones, so they count as wrong. */
  readonly dissents: readonly Dissent[];
  /** Answers of verifications in which too few are equal, so it is not known which ones are wrong. */
  readonly disputes: readonly Dissent[];
  /** Answers that no comparison contradicts: they could not be compared, are not compared yet, or too few others answered. */
  readonly undecided: readonly Dissent[];
  /** Jobs of older verifications, whose answers were not read. */
  readonly unread: readonly string[];
}

/**
 * The most verifications that are read, the newest first. The store has those of 30 days. Reading them takes a second or two if there are
 * so many.
 */
const MAX_READ = 5_000;
/** How many are read at the same time. */
const AT_ONCE = 32;

/** All contradictions in the verifications that the store of this home has. `open` starts the reader of answers; it is called only if there is a verification. */
export async function contradictionsOf(
  store: Reads & Pick<Store, "verificationLeads" | "olderVerifiedJobs">,
  open: () => Promise<Pick<Market, "answerMark">>,
  most: number = MAX_READ,
): Promise<Contradictions> {
  const leads = await store.verificationLeads(most);
  const unread = leads.length < most ? [] : await store.olderVerifiedJobs(most);
  if (leads.length === 0) return { dissents: [], disputes: [], undecided: [], unread };
  const market = await open();
  const dissents: Dissent[] = [];
  const disputes: Dissent[] = [];
  const undecided: Dissent[] = [];
  for (let from = 0; from < leads.length; from += AT_ONCE) {
    const some = leads.slice(from, from + AT_ONCE);
    const states = await Promise.all(some.map((each) => verificationState(store, market, each)));
    for (const [at, state] of states.entries()) {
      if (state === null) continue;
      const named = (jobs: readonly VerifierJob[]) =>
        jobs.map(({ row, provider }) => ({ jobId: row.jobId, provider, leadId: some[at] }));
      (state.state === "agreed" ? dissents : disputes).push(...named(state.dissent));
      undecided.push(...named(state.undecided));
    }
  }
  return { dissents, disputes, undecided, unread };
}

/**
 * Whether a third provider must be asked: it is a challenge with two jobs, and their answers differ or cannot be compared, because the
 * skill that judges fails on one of them alone.
 */
export function needsThird(
  { challenge, rows, state, dissent, undecided }: VerificationState,
): boolean {
  if (!challenge || rows.length !== 2) return false;
  return state === "split" && dissent.length > 0 ||
    state === "no_verdict" && undecided.every(({ group }) => group !== null);
}

/** Whether a skill that judges should be asked again about answers that it could not compare. */
export function asksJudgeAgain(state: VerificationState): boolean {
  const { judging } = state;
  if (judging === null || judging.error === null || needsThird(state)) return false;
  // What is too large for the skill now is so later.
  return judging.isPartial || state.state === "no_verdict" && judging.error.code !== "too_large";
}

/**
 * The jobs as they count for their providers: a job whose answer enough others contradict counts as failed. Any other success of a
 * verification whose answer was not accepted, or of which that is not known, does not count. A job that failed by itself stays failed.
 */
export function countedByAnswers<Job extends Pick<JobRow, "jobId" | "status">>(
  jobs: readonly Job[],
  { dissents, disputes, undecided, unread }: Contradictions,
): Job[] {
  const wrong = new Set(dissents.map(({ jobId }) => jobId));
  const uncounted = new Set([
    ...[...disputes, ...undecided].map(({ jobId }) => jobId),
    ...unread,
  ]);
  return jobs.filter(({ jobId, status }) => status !== "success" || !uncounted.has(jobId))
    .map((job) => wrong.has(job.jobId) ? { ...job, status: "error" } : job);
}
