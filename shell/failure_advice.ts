/**
 * What to do about a job that failed, by the code of its error: one table for every command and screen. The codes are those of this
 * program, of ILP, and those that providers running this program send. A provider may send any code, so an unknown one gets the advice for
 * the job's status.
 *
 * @module
 */
import { EXIT_CODE } from "../protocols/failure_codes.ts";
import type { JobRow } from "../store/job_row.ts";

/** The facts about the job. */
type Failure = Pick<JobRow, "jobId" | "role" | "status" | "exitCode" | "errorCode">;

/** In an advice, JOB stands for the job's id. */
const AGAIN = "'crosstown job rerun JOB' buys it again";
const ELSEWHERE = `${AGAIN}, from another provider where one is there`;
const OTHER_SKILL = "'crosstown provider list' says who takes it; name one with --provider";
const LOG = "'crosstown job logs JOB' shows its log";
const LIMITS = "'crosstown config' shows the limits, 'crosstown wallet limits' raises one";
const TOP_UP = "'crosstown channel deposit CHANNEL AMOUNT', then 'crosstown job rerun JOB'";
const WAIT = "wait a little, then 'crosstown job rerun JOB'";
const CHECK = "'crosstown doctor' says what is wrong, then 'crosstown job rerun JOB'";
const CORRECT = "correct what the reason names, and submit the job again";

/** What a buyer does. */
export const BUYER_ADVICE: Readonly<Record<string, string>> = {
  // Refused by this program; nothing was sent.
  amount: CORRECT,
  ceiling: LIMITS,
  strangers:
    "buy it with --payment on-delivery or --payment metered, or raise the limit with 'crosstown wallet limits --set strangers-day=AMOUNT'",
  distrusted:
    "name another provider with --provider; 'crosstown provider trust KEY' says why this one is not trusted",
  window: "raise the most of one payment with 'crosstown wallet limits --set window=AMOUNT'",
  deposit_exhausted: TOP_UP,
  channel: CHECK,
  funds:
    "send tokens, or gas for the chain, to the address of 'crosstown wallet receive', then 'crosstown job rerun JOB'",
  channel_closed: "'crosstown channel open', then 'crosstown job rerun JOB'",
  max_forfeit: "too many payments were refused at a cost today; 'crosstown connector status'",
  halted: "'crosstown channel list' names the channel; then 'crosstown channel recover'",
  queue_full: WAIT,
  offline: CHECK,
  no_route:
    "name the connector that reaches it under [connectors], or another provider with --provider",
  terms:
    "'crosstown connector status' names the terms that are not valid; 'crosstown connector terms' accepts them again",
  signer: CHECK,
  store: CHECK,
  closed: AGAIN,
  // Refused by the connector or on the way.
  F00: CHECK,
  F02: "no way leads to this provider; name another with --provider",
  F03: AGAIN,
  F06: ELSEWHERE,
  F08: "send less: 'crosstown job submit --dry-run' lists the files and their size",
  F99: `correct what the reason names, and submit the job again; or ${ELSEWHERE}`,
  T00: ELSEWHERE,
  T01: ELSEWHERE,
  T02: WAIT,
  T03: WAIT,
  T04: TOP_UP,
  T05: WAIT,
  R00: "set a longer time with --timeout",
  R01: "bid more with --bid",
  R02: "set a longer time with --timeout",
  // Refused by the provider, or failed there.
  bad_input: CORRECT,
  bad_archive: CORRECT,
  bad_image: CORRECT,
  broken_key: ELSEWHERE,
  buyer_not_allowed: OTHER_SKILL,
  bad_result: `${ELSEWHERE}; 'crosstown provider show PUBKEY' has its schema`,
  busy: WAIT,
  cannot_run: ELSEWHERE,
  encrypted_nip04: "send it with --private",
  [EXIT_CODE]: LOG,
  expired: "set a longer time with --timeout",
  from_the_future: "'crosstown doctor' compares this machine's clock with the relay's",
  git_limit: "send less: a smaller repository, or a folder in place of it",
  git_missing: ELSEWHERE,
  invoice_expired: AGAIN,
  kind_not_served: OTHER_SKILL,
  malformed: "this is a bug in crosstown, or in the provider: please report the reason",
  model_failed: ELSEWHERE,
  model_unreachable: ELSEWHERE,
  no_base_image: "this provider does not have the base image; name another with --provider",
  no_skill: OTHER_SKILL,
  not_read_back: "'crosstown relay status' says whether the relay answers",
  other_bases: "name each base image of its Containerfile with --base or --param bases=NAMES",
  other_provider: AGAIN,
  payment_required:
    "pay its quote with 'crosstown job pay JOB' if it has one, or bid more with 'crosstown job rerun JOB --bid AMOUNT'",
  poison: ELSEWHERE,
  provider_error: LOG,
  sandbox_required: OTHER_SKILL,
  skill_failed: LOG,
  timeout: "'crosstown job rerun JOB --timeout SECONDS' gives it longer",
  too_large: "send less: 'crosstown job submit --dry-run' lists the files and their size",
  undecryptable: ELSEWHERE,
  weak_sandbox: ELSEWHERE,
  wrong_platform: "name its platform with --platform, or a provider that has it with --provider",
};

/** What a provider's owner does about a job that was sold here. */
export const PROVIDER_ADVICE: Readonly<Record<string, string>> = {
  bad_manifest: "'crosstown skill check FOLDER' says what is wrong with the skill",
  cannot_run: "'crosstown doctor' checks the sandbox and the skills",
  git_missing: "install git",
  model_failed: "'crosstown logs' has the model server's answer",
  model_unreachable: "start the model server, or correct model_url under [node]",
  poison: "'crosstown logs' has the crash; please report it",
  sandbox_required: "install bubblewrap, or name the buyer with allow_buyers under [node]",
  skill_failed: "'crosstown skill test NAME' runs the skill here",
  weak_sandbox: "set node.sandbox to the sandbox that the skill needs, and start the node again",
};

const BUYER_STATUS: Readonly<Partial<Record<Failure["status"], string>>> = {
  error: `${LOG}; ${AGAIN}`,
  refused: ELSEWHERE,
  timeout: BUYER_ADVICE.timeout,
  unknown: "'crosstown job wait JOB' waits for the answer; nothing is paid twice",
};

/** What to do about it; null if the job did not fail, or nothing helps. Holds no text of a provider. */
export function failureAdvice(
  { jobId, role, status, exitCode, errorCode }: Failure,
): string | null {
  const failedRun = status === "success" && (exitCode ?? 0) !== 0;
  const code = failedRun ? EXIT_CODE : errorCode ?? "";
  const table = role === "buyer" ? BUYER_ADVICE : PROVIDER_ADVICE;
  const byStatus = role === "buyer" ? BUYER_STATUS[status] : undefined;
  if (status === "cancelled" || status === "success" && !failedRun) return null;
  const advice = Object.hasOwn(table, code) ? table[code] : byStatus;
  return advice?.replaceAll("JOB", jobId) ?? null;
}
