/**
 * A job that several providers do: how its answers compare, how it is brought on, and how it is printed. An answer that does not count
 * is never printed as a result.
 *
 * @module
 */
import type { AnswerMark } from "../../market/answer_mark.ts";
import type { Market } from "../../market/market_service.ts";
import { type ComparedJob, type Verdict, verdictOf } from "../../market/verdict.ts";
import { isEnded, type JobStatus } from "../../protocols/job_status.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { Store } from "../../store/store.ts";
import { printable } from "../../shell/output.ts";
import type { HomeClient } from "../../shell/home/home_client.ts";
import type { HomeCall } from "../../home/client/home_api.ts";

/** Reads rows; in a home, or from a store of its own. */
type Ask = <Answer>(ask: (store: Store) => Promise<Answer>) => Promise<Answer>;

/** One of its jobs. */
interface VerifierJob extends ComparedJob {
  readonly row: JobRow;
}

/** A verification as it stands. */
interface VerificationState extends Verdict<VerifierJob> {
  readonly needed: number;
  readonly count: number;
  /** By position; the first one names the verification. */
  readonly rows: readonly JobRow[];
  /** What all its jobs cost so far, base units. */
  readonly paidUnits: bigint;
}

/** The verification that a job is part of; null where it is part of none. Rejects with what reading an answer throws. */
export async function verificationState(
  read: Ask,
  market: Pick<Market, "answerMark">,
  jobId: string,
): Promise<VerificationState | null> {
  const { members, rows, lostUnits } = await read(async (store) => {
    const members = await store.verificationOf(jobId);
    const rows = await Promise.all(members.map((each) => store.getJob(each.jobId, "buyer")));
    const tried = await Promise.all(members.map((each) => store.attemptsOf(each.jobId)));
    return {
      members,
      rows: rows.filter((row) => row !== null),
      // What the job's present provider was paid is in its row.
      lostUnits: tried.flat()
        .filter(({ eventId }) => rows.every((row) => row?.eventId !== eventId))
        .reduce((sum, { paidUnits }) => sum + paidUnits, 0n),
    };
  });
  if (members.length === 0) return null;
  const [{ needed, count }] = members;
  const jobs = await Promise.all(rows.map(async (row): Promise<VerifierJob> => ({
    row,
    provider: row.provider ?? "",
    open: !isEnded(row.status),
    mark: row.result === null || !isEnded(row.status)
      ? null
      : await market.answerMark(row.kind, row.result),
  })));
  const paidUnits = rows.reduce(
    (sum, { writeUnits, jobPaid, amountUnits }) => sum + writeUnits + (jobPaid ? amountUnits : 0n),
    lostUnits,
  );
  return { needed, count, rows, paidUnits, ...verdictOf({ needed }, jobs) };
}

/** Once enough agree, the others have as long again, within these bounds. */
const LEAST_REST_MS = 1_000;
const MOST_REST_MS = 30_000;

/** Brings a verification on until it is decided, and gives the others a moment to answer; as it stands then. */
export async function untilVerified(
  home: HomeClient,
  market: Pick<Market, "answerMark">,
  leadId: string,
  call: HomeCall<JobRow>,
): Promise<VerificationState> {
  const look = async () => (await verificationState((ask) => home.read(ask), market, leadId))!;
  let state = await look();
  const jobIds = state.rows.map(({ jobId }) => jobId);
  const until = (count: number, forMs: number | null) =>
    home.untilJobs({ jobIds, wanted: "ended", count, forMs }, call);
  while (state.state === "open") {
    const ended = state.rows.filter(({ status }) => isEnded(status)).length;
    await until(Math.max(state.needed, ended + 1), null);
    state = await look();
  }
  if (state.rows.every(({ status }) => isEnded(status))) return state;
  const tookMs = Math.max(...state.agreed.map(({ row }) => row.updatedAtMs - row.createdAtMs), 0);
  await until(jobIds.length, Math.min(MOST_REST_MS, Math.max(LEAST_REST_MS, tookMs)));
  return await look();
}

/** One answer, or why there is none. */
interface VerifierDocument {
  readonly job_id: string;
  readonly provider: string;
  readonly answer?: AnswerMark;
  readonly status?: JobStatus;
  readonly error?: { readonly code: string; readonly message: string } | null;
}

/** As it is printed. */
export interface VerificationDocument {
  /** Its first job, under which the answer that counts is found. */
  readonly id: string;
  readonly state: VerificationState["state"];
  readonly k: number;
  readonly n: number;
  /** What all its jobs cost so far. */
  readonly paid_units: bigint;
  readonly agreed: readonly VerifierDocument[];
  readonly dissent: readonly VerifierDocument[];
  readonly unanswered: readonly VerifierDocument[];
}

/** Who answered what. */
export function verificationDocument(state: VerificationState): VerificationDocument {
  const answered = ({ row, provider, mark }: VerifierJob) => ({
    job_id: row.jobId,
    provider,
    answer: mark!,
  });
  return {
    id: state.rows[0].jobId,
    state: state.state,
    k: state.needed,
    n: state.count,
    paid_units: state.paidUnits,
    agreed: state.agreed.map(answered),
    dissent: state.dissent.map(answered),
    unanswered: state.unanswered.map(({ row, provider }) => ({
      job_id: row.jobId,
      provider,
      status: row.status,
      error: row.errorCode === null
        ? null
        : { code: row.errorCode, message: row.errorMessage ?? "" },
    })),
  };
}

/** The same for people. */
export function verificationLines(
  { state, k, n, paid_units, agreed, dissent, unanswered }: VerificationDocument,
  amount: (units: bigint) => string,
): string[] {
  const said = (each: VerifierDocument) =>
    `${each.provider.slice(0, 12)} ${
      each.answer === undefined
        ? printable(`${each.status}${each.error ? ` (${each.error.code})` : ""}`)
        : markText(each.answer)
    }`;
  return [
    `  verified  ${agreed.length} equal answers, ${k} of ${n} needed: ${state}; ${
      amount(paid_units)
    } in all`,
    ...agreed.map((each) => `  agreed    ${said(each)}`),
    ...dissent.map((each) => `  dissent   ${said(each)}`),
    ...unanswered.map((each) => `  no answer ${said(each)}`),
  ];
}

/** A few words; every part of it was checked when it was read. */
function markText({ exit_code, stopped_by, tests, digest, sha256 }: AnswerMark): string {
  return [
    ...(exit_code === undefined ? [] : [`exit code ${exit_code}`]),
    ...(stopped_by === undefined ? [] : [stopped_by]),
    ...(tests === undefined ? [] : [`tests ${tests.passed}/${tests.total}`]),
    ...(digest === undefined ? [] : [digest]),
    ...(sha256 === undefined ? [] : [`sha256 ${sha256.slice(0, 16)}`]),
  ].join(", ");
}

/** The row that is printed for one of its jobs: the first job stands for the answer that counts, every other one for itself. */
export function shownRow(state: VerificationState, asked: JobRow): JobRow {
  const [lead] = state.rows;
  const agreed = state.agreed.map(({ row }) => row);
  const isLead = asked.jobId === lead.jobId;
  const row = isLead ? agreed[0] ?? lead : state.rows.find((each) => each.jobId === asked.jobId)!;
  const counts = agreed.some(({ jobId }) => jobId === row.jobId);
  if (counts || row.result === null && !isLead) return row;
  const hidden: JobRow = { ...row, result: null, resultEventId: null, exitCode: null };
  switch (state.state) {
    case "open":
      return { ...hidden, status: "processing", errorCode: null, errorMessage: null };
    case "agreed":
      return {
        ...hidden,
        status: "error",
        errorCode: "dissent",
        errorMessage: `${state.agreed.length} other providers answered differently`,
      };
    case "split":
      return {
        ...hidden,
        status: "error",
        errorCode: "no_agreement",
        errorMessage:
          `${state.needed} equal answers are needed of ${state.count}: ${state.dissent.length} came, and too few are equal`,
      };
  }
}
