/**
 * `crosstown job status|results|wait|list`: prints jobs of this home, after asking the relay for new results.
 *
 * @module
 */
import type { Store } from "../../store/store.ts";
import { codeOf, messageOf } from "../../base/thrown.ts";
import { createSupervisor } from "../../home/workers/supervisor.ts";
import type { Config } from "../../config/config.ts";
import {
  isEnded,
  isFailed,
  isJobStatus,
  JOB_STATUSES,
  type JobStatus,
  OPEN_STATUSES,
} from "../../protocols/job_status.ts";
import type { JobRow } from "../../store/job_row.ts";
import { formatUnits } from "../../protocols/ilp/asset.ts";
import type { Invocation } from "../../shell/command.ts";
import { unlessInterrupted, UsageError } from "../../shell/errors.ts";
import { showJob } from "./job_market.ts";
import { openMarket } from "./open_market.ts";
import { doubtsOf, factsOf, openPackets, unsettledWrites } from "./job_facts.ts";
import { textFetcher } from "./job_blob.ts";
import { findJob } from "./find_job.ts";
import { jobGoesOn, tellProgress } from "./job_progress.ts";
import { UnpostedNote } from "./unposted_note.ts";
import { type LiveLog, liveLog } from "./live_log.ts";
import { adviceLines, jobListRow } from "./job_report.ts";
import { asksJudgeAgain, needsThird, verificationState } from "../../market/verification_state.ts";
import { untilDecided } from "./third_job.ts";
import { noteAccepted } from "./accepted_answers.ts";
import { shownRow, verificationDocument, warnContradicted } from "./verified_job.ts";
import { configOf } from "../../shell/home/load_config.ts";
import {
  networkNamed,
  networkOfJob,
  noteJobNetwork,
  noteNetwork,
} from "../../shell/home/money_banner.ts";
import { fittedTable } from "../../shell/fitted_text.ts";
import { hasStoreToShow, readStore } from "../../shell/home/read_store.ts";
import { NOT_NOW } from "./not_now.ts";
import { type HomeClient, openHomeClient } from "../../shell/home/home_client.ts";

/** Prints one job: its status, its result, or its result after waiting for it. */
export async function jobShow(
  invocation: Invocation,
  what: "status" | "results" | "wait",
): Promise<number> {
  const config = await configOf(invocation);
  const before = await findJob(config, invocation.args.required("id"));
  await noteJobNetwork(invocation.output, config, before.jobId);
  if (before.role === "buyer") {
    const code = await showVerified(invocation, config, before, what);
    if (code !== null) return code;
  }
  let row = before;
  let live: LiveLog | null = null;
  if (before.role === "buyer" && !isEnded(before.status)) {
    if (what === "wait") ({ row, live } = await waitFor(invocation, config, before));
    else {
      await refresh(invocation, config, [before]);
      row = await findJob(config, before.jobId);
    }
  } else if (what !== "wait" && invocation.options.on("refresh") && mayStillCome(before)) {
    await refresh(invocation, config, [before]);
    row = await findJob(config, before.jobId);
  }
  const supervisor = createSupervisor({ log: () => undefined });
  try {
    const market = await openMarket({ supervisor });
    const code = await showJob(
      invocation,
      market,
      row,
      what !== "status",
      await factsOf(config, row),
      config,
      live,
      what === "status" ? null : textFetcher(invocation, config, market, row),
    );
    return what === "status" ? 0 : code;
  } finally {
    await supervisor.stop(0);
  }
}

/** Prints a job of a verification. Returns null if the job belongs to none. */
async function showVerified(
  invocation: Invocation,
  config: Config,
  { jobId }: JobRow,
  what: "status" | "results" | "wait",
): Promise<number | null> {
  const members = await storeOf(config, (store) => store.verificationOf(jobId));
  if (members.length === 0) return null;
  const rows = await storeOf(config, async (store) => {
    const all = await Promise.all(members.map((each) => store.getJob(each.jobId, "buyer")));
    return all.filter((row) => row !== null);
  });
  const open = rows.filter(({ status }) => !isEnded(status));
  const late = what !== "wait" && invocation.options.on("refresh") ? rows.filter(mayStillCome) : [];
  if (what !== "wait") await refresh(invocation, config, [...open, ...late]);
  const supervisor = createSupervisor({ log: () => undefined });
  try {
    const market = await openMarket({ supervisor });
    const stands = (await storeOf(config, (store) => verificationState(store, market, jobId)))!;
    const unjudged = stands.judging?.isDue === true || asksJudgeAgain(stands);
    if (what === "wait" && (open.length > 0 || unjudged || needsThird(stands))) {
      await using home = await openHomeClient(invocation, config, { buys: true, sends: true });
      const call = home.call<JobRow>(tellProgress(invocation, home));
      const [{ leadId }] = members;
      await unlessInterrupted(
        invocation.signal,
        jobGoesOn(leadId),
        () => untilDecided(invocation, config, home, market, leadId, call),
      );
    }
    const state = (await storeOf(config, (store) => verificationState(store, market, jobId)))!;
    await noteAccepted(invocation, config, state);
    if (what === "wait") await warnContradicted(invocation, state);
    const asked = state.rows.find((row) => row.jobId === jobId)!;
    const row = shownRow(state, asked);
    const facts = { ...await factsOf(config, row), verification: verificationDocument(state) };
    const waited = what !== "status";
    const text = waited ? textFetcher(invocation, config, market, row) : null;
    const code = await showJob(invocation, market, row, waited, facts, config, null, text);
    return what === "status" ? 0 : code;
  } finally {
    await supervisor.stop(0);
  }
}

async function storeOf<Answer>(
  config: Config,
  ask: (store: Store) => Promise<Answer>,
): Promise<Answer> {
  await using store = await readStore(config);
  return await ask(store);
}

/** Whether the home would still accept a result that the provider published in time. */
function mayStillCome({ role, status, resultEventId }: JobRow): boolean {
  return role === "buyer" && resultEventId === null && isFailed(status);
}

async function waitFor(
  invocation: Invocation,
  config: Config,
  before: JobRow,
): Promise<{ readonly row: JobRow; readonly live: LiveLog | null }> {
  const { jobId, callbackSkill } = before;
  await using home = await openHomeClient(invocation, config, {
    buys: true,
    sends: true,
    fits: ({ role }) => role !== "command" || callbackSkill === null,
  });
  const tell = tellProgress(invocation, home);
  const live = liveLog(invocation, home, jobId);
  tell(before);
  live?.see(before);
  using unposted = new UnpostedNote(invocation, before);
  const call = home.call<JobRow>((changed) => {
    tell(changed);
    unposted.see(changed);
    live?.see(changed);
  });
  const row = await unlessInterrupted(
    invocation.signal,
    jobGoesOn(jobId),
    () => home.untilJob({ jobId, wanted: "ended", knownMs: before.updatedAtMs }, call),
  );
  await live?.settle();
  return { row, live };
}

/** Prints the list of jobs. */
export async function jobList(invocation: Invocation): Promise<number> {
  const { options, output } = invocation;
  const config = await configOf(invocation);
  const limit = options.integer("limit", { min: 1, max: 100_000 });
  const status = options.list("status").map(statusOf);
  const role = options.text("role") as JobRow["role"] | undefined;
  const filter = {
    ...(role === undefined ? {} : { role }),
    ...(status.length === 0 ? {} : { status }),
    limit,
  };
  if (!await hasStoreToShow(config)) {
    await output.document("job-list", { jobs: [] }, "No jobs yet", []);
    return 0;
  }
  await refresh(invocation, config, await unfinished(config));
  await using store = await readStore(config);
  const { open } = await openPackets(store);
  const unsettled = await unsettledWrites(store);
  const jobs = await store.listJobs(filter);
  const rows = await Promise.all(jobs.map(async (row) => {
    const doubts = await doubtsOf(store, open, row);
    const inDoubtUnits = doubts.reduce((sum, each) => sum + each.amount_units, 0n);
    const network = await networkOfJob(store, row.jobId);
    return jobListRow(row, inDoubtUnits, network, unsettled.get(row.jobId));
  }));
  await noteNetwork(output, config, rows.map(({ network }) => network));
  await output.document(
    "job-list",
    { jobs: rows },
    () =>
      rows.length === 0 ? "No jobs" : [
        fittedTable(
          [
            [
              "JOB",
              "ROLE",
              "TYPE",
              "STATUS",
              "EXIT",
              "NETWORK",
              "SPENT",
              "EARNED",
              "IN DOUBT",
              "CREATED",
            ],
            ...rows.map((row) => {
              const { asset } = networkNamed(config, row.network);
              return [
                row.job_id,
                row.role,
                row.type,
                row.status,
                row.exit_code === null ? "-" : String(row.exit_code),
                row.network ?? "-",
                formatUnits(row.spent_units, asset),
                row.role === "buyer" ? "-" : formatUnits(row.earned_units, asset),
                row.in_doubt_units === 0n ? "-" : formatUnits(row.in_doubt_units, asset),
                row.created_at,
              ];
            }),
          ],
          output.width,
          ["EARNED", "EXIT", "NETWORK", "IN DOUBT", "ROLE", "CREATED"],
        ),
        ...adviceLines(jobs),
      ].join("\n"),
    rows,
  );
  return 0;
}

/**
 * Asks the relay for news of unfinished jobs, unless another process does. If the relay is offline, the command shows what the home has.
 */
async function refresh(
  invocation: Invocation,
  config: Config,
  open: readonly JobRow[],
): Promise<void> {
  if (open.length === 0) return;
  const { output, signal, options } = invocation;
  let home: HomeClient;
  try {
    home = await openHomeClient(invocation, config);
  } catch (error) {
    if (!NOT_NOW.includes(codeOf(error) ?? "")) throw error;
    await output.warn(`not brought up to date: ${messageOf(error)}`);
    return;
  }
  await using _ = home;
  try {
    const asked = await home.refreshJobs({ jobIds: open.map(({ jobId }) => jobId) });
    if (!asked && options.on("refresh")) {
      await output.note(`the running ${home.about.role} of this home asks the relay`);
    }
  } catch (error) {
    if (signal.aborted || codeOf(error) !== "offline") throw error;
    await output.warn(`${messageOf(error)}; what this home knows is shown`);
  }
}

async function unfinished(config: Config): Promise<JobRow[]> {
  await using store = await readStore(config);
  return await store.listJobs({ role: "buyer", status: OPEN_STATUSES, limit: 256 });
}

function statusOf(text: string): JobStatus {
  if (!isJobStatus(text)) {
    throw new UsageError(`there is no status ${text}`, `one of ${JOB_STATUSES.join(", ")}`);
  }
  return text;
}
