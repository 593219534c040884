/**
 * A job that several providers do: waits for its answers and prints how they compare. An answer that does not count is never printed as a
 * result.
 *
 * @module
 */
import type { AnswerMark } from "../../market/comparators.ts";
import type { Market } from "../../market/market_service.ts";
import {
  asksJudgeAgain,
  needsThird,
  type VerificationState,
  verificationState,
  type VerifierJob,
} from "../../market/verification_state.ts";
import { isEnded, type JobStatus } from "../../protocols/job_status.ts";
import type { Config } from "../../config/config.ts";
import type { Comparator } from "../../store/verification_row.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { Invocation } from "../../shell/command.ts";
import { printable } from "../../shell/output.ts";
import type { HomeClient } from "../../shell/home/home_client.ts";
import type { HomeCall } from "../../home/client/home_api.ts";
import { acceptAnswers } from "./accepted_answers.ts";
import { restMs, stopVerifiers } from "./stop_verifiers.ts";

/**
 * Waits until a verification is decided, then for a limited time for the other answers. Asks its judge whenever there are answers that it has
 * not judged; one that gave no verdict about them before is asked once more. Then cancels what still runs and costs more. Returns its state
 * after that.
 */
export async function untilVerified(
  invocation: Pick<Invocation, "io" | "output" | "signal">,
  config: Config,
  home: HomeClient,
  market: Market,
  leadId: string,
  call: HomeCall<JobRow>,
): Promise<VerificationState> {
  const read = async () => (await home.read((store) => verificationState(store, market, leadId)))!;
  const look = async (again = false) => {
    const found = await read();
    const { judging } = found;
    if (judging === null || !judging.isDue && !(again && asksJudgeAgain(found))) return found;
    await invocation.output.note(`${leadId}: the skill ${judging.skill} judges the answers`);
    const { judgeAnswers } = await import("./answer_judge.ts");
    await judgeAnswers(invocation, config, home, market, found);
    return await read();
  };
  let state = await look(true);
  const jobIds = state.rows.map(({ jobId }) => jobId);
  const until = (count: number, forMs: number | null) =>
    home.untilJobs({ jobIds, wanted: "ended", count, forMs }, call);
  while (state.state === "open") {
    const ended = state.rows.filter(({ status }) => isEnded(status)).length;
    await until(Math.max(state.needed, ended + 1), null);
    state = await look();
  }
  if (state.rows.every(({ status }) => isEnded(status))) {
    await acceptAnswers(home, state);
    return state;
  }
  await until(jobIds.length, restMs(state));
  const decided = await look();
  await acceptAnswers(home, decided);
  const freeWrites = config.profile.write === "nostr";
  const stopped = await stopVerifiers(home, decided, freeWrites, invocation.io.clock);
  if (stopped.length === 0) return decided;
  await invocation.output.note(`${stopped.join(", ")}: cancelled, because the others agree`);
  return await read();
}

/** An answer. */
interface AnswerDocument {
  readonly job_id: string;
  readonly provider: string;
  readonly answer: AnswerMark;
}

/** Why there is no answer. */
interface UnansweredDocument {
  readonly job_id: string;
  readonly provider: string;
  readonly status: JobStatus;
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** A verification as it is printed. */
export interface VerificationDocument {
  /** The id of its first job. `job results` of this id prints the answer that counts. */
  readonly id: string;
  readonly state: VerificationState["state"];
  readonly k: number;
  readonly n: number;
  /** True for a challenge (`--challenge`), false for a verified job (`--verify`). */
  readonly challenge: boolean;
  /** How the answers are compared. */
  readonly compare: Comparator;
  /** The skill that judges, with the hash of its files, and why comparisons could not be made; null for every other comparison. */
  readonly judge: {
    readonly skill: string;
    readonly sha256: string | null;
    readonly error: { readonly code: string; readonly message: string } | null;
  } | null;
  /** The cost of all its jobs so far. */
  readonly paid_units: bigint;
  readonly agreed: readonly AnswerDocument[];
  readonly dissent: readonly AnswerDocument[];
  /** Answers that no comparison contradicts, and that do not count. */
  readonly undecided: readonly AnswerDocument[];
  readonly unanswered: readonly UnansweredDocument[];
}

/** Turns the state into the document that is printed. */
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
    challenge: state.challenge,
    compare: state.compare,
    judge: state.judging && {
      skill: state.judging.skill,
      sha256: state.judging.sha256,
      error: state.judging.error,
    },
    paid_units: state.paidUnits,
    agreed: state.agreed.map(answered),
    dissent: state.dissent.map(answered),
    undecided: state.undecided.map(answered),
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

/** The document as text for people. */
export function verificationLines(
  { state, k, n, challenge, judge, paid_units, agreed, dissent, undecided, unanswered }:
    VerificationDocument,
  amount: (units: bigint) => string,
): string[] {
  const said = ({ provider, answer }: AnswerDocument) =>
    `${provider.slice(0, 12)} ${markText(answer)}`;
  return [
    `  ${
      challenge ? "checked   " : "verified  "
    }${agreed.length} equal answers, ${k} of ${n} needed: ${state}; ${amount(paid_units)} in all`,
    ...agreed.map((each) => `  ${state === "unchecked" ? "answered " : "agreed   "} ${said(each)}`),
    ...dissent.map((each) => `  dissent   ${said(each)}`),
    ...undecided.map((each) => `  undecided ${said(each)}`),
    ...unanswered.map(({ provider, status, error }) =>
      `  no answer ${provider.slice(0, 12)} ${
        printable(`${status}${error ? ` (${error.code})` : ""}`)
      }`
    ),
    ...judge === null ? [] : [`  judge     ${judgeText(judge)}`],
  ];
}

function judgeText({ skill, sha256, error }: VerificationDocument["judge"] & object): string {
  const hash = sha256 === null ? "was not asked" : `sha256 ${sha256.slice(0, 16)}`;
  return `${skill} ${hash}${
    error === null ? "" : printable(`: could not compare all: ${error.message} (${error.code})`)
  }`;
}

/** A mark as a few words. Every part of it was checked when it was read. */
function markText({ exit_code, stopped_by, tests, digest, sha256 }: AnswerMark): string {
  return [
    ...(exit_code === undefined ? [] : [`exit code ${exit_code}`]),
    ...(stopped_by === undefined ? [] : [stopped_by]),
    ...(tests === undefined ? [] : [`tests ${tests.passed}/${tests.total}`]),
    ...(digest === undefined ? [] : [digest]),
    ...(sha256 === undefined ? [] : [`sha256 ${sha256.slice(0, 16)}`]),
  ].join(", ");
}

/** The row that is printed for one of its jobs: for the first job the answer that counts, for every other job its own answer. */
export function shownRow(state: VerificationState, asked: JobRow): JobRow {
  const [lead] = state.rows;
  const agreed = state.agreed.map(({ row }) => row);
  const isLead = asked.jobId === lead.jobId;
  const row = isLead ? agreed[0] ?? lead : state.rows.find((each) => each.jobId === asked.jobId)!;
  const counts = agreed.some(({ jobId }) => jobId === row.jobId);
  if (counts || row.result === null && !isLead) return row;
  // If no provider answered a challenged job, it is printed as any failed job.
  if (state.challenge && state.state === "split" && state.unanswered.length === state.rows.length) {
    return row;
  }
  const hidden: JobRow = { ...row, result: null, resultEventId: null, exitCode: null };
  switch (state.state) {
    case "open":
      return { ...hidden, status: "processing", errorCode: null, errorMessage: null };
    case "agreed":
    case "unchecked":
      if (!state.dissent.some((job) => job.row.jobId === row.jobId)) {
        return {
          ...hidden,
          status: "error",
          errorCode: "undecided",
          errorMessage: `it could not be compared with the ${state.agreed.length} equal answers${
            whyNot(state)
          }`,
        };
      }
      return {
        ...hidden,
        status: "error",
        errorCode: "dissent",
        errorMessage: `${state.agreed.length} other providers answered differently`,
      };
    case "no_verdict":
      return {
        ...hidden,
        status: "error",
        errorCode: "no_verdict",
        errorMessage: `the skill ${state.judging!.skill} gave no verdict${whyNot(state)}; ${
          needsThird(state)
            ? THIRD(lead)
            : asksJudgeAgain(state)
            ? `'crosstown job wait ${lead.jobId}' asks it again`
            : "it would fail again"
        }`,
      };
    case "split":
      return {
        ...hidden,
        status: "error",
        errorCode: "no_agreement",
        errorMessage: `${state.needed} equal answers are needed of ${state.count}: ${
          state.dissent.length + state.undecided.length
        } came, and too few are equal${needsThird(state) ? `; ${THIRD(lead)}` : ""}`,
      };
  }
}

/** Why a comparison could not be made, after a colon. */
function whyNot({ judging }: VerificationState): string {
  return `: ${judging?.error?.message ?? "it was not asked"}`;
}

const THIRD = ({ jobId }: JobRow) =>
  `a daemon or 'crosstown job wait ${jobId}' asks a third provider`;

/** Warns the user of a challenged job if its answers differ: names the provider that is wrong, or says that nobody knows. */
export async function warnContradicted(
  { output }: Pick<Invocation, "output">,
  state: VerificationState,
): Promise<void> {
  const { challenge, rows: [{ jobId }], dissent } = state;
  if (!challenge || dissent.length === 0) return;
  const names = dissent.map(({ provider }) => provider.slice(0, 12)).join(", ");
  const shows = `'crosstown job evidence ${jobId}' shows it`;
  if (state.state === "agreed") {
    await output.warn(
      `${names} answered otherwise than two others, and is not asked again; ${shows}`,
    );
  } else if (state.state === "split") {
    await output.warn(`${names} contradict each other, and nobody knows who is wrong; ${shows}`);
  }
}
