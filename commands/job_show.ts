/**
 * `crosstown job status|results|wait|list`: jobs of this home, after what came meanwhile was taken in.
 *
 * @module
 */
import { awaitJob, catchUp, listenForAnswers } from "../pipeline/job_flow.ts";
import type { Config } from "../services/config/config.ts";
import type { JobRow, JobStatus } from "../services/store/store.ts";
import { buyerSkills } from "./buyer_skills.ts";
import type { Invocation } from "./command.ts";
import { daemonOf } from "./daemon_commands.ts";
import { CommandError, UsageError } from "./errors.ts";
import { readStore } from "./job_handover.ts";
import { isEnded, jobListRow } from "./job_report.ts";
import { openMarket, showJob } from "./job_submit.ts";
import { configOf } from "./load_config.ts";
import { type ConfiguredHome, openConfiguredHome } from "./open_home.ts";
import { alignedText } from "./output.ts";
import { ownPlatform } from "./platform.ts";

const STATUSES: readonly JobStatus[] = [
  "created",
  "posted",
  "quoted",
  "paid",
  "processing",
  "partial",
  "success",
  "error",
  "refused",
  "timeout",
  "cancelled",
  "unknown",
];

/** Shows one job: as it is, its result, or its result once it is there. */
export async function jobShow(
  invocation: Invocation,
  what: "status" | "results" | "wait",
): Promise<number> {
  const config = await configOf(invocation);
  const id = invocation.args.required("id");
  const before = await find(config, id);
  const row = isEnded(before.status) || before.role === "provider"
    ? before
    : await broughtUpToDate(invocation, config, before, what === "wait");
  const { createSupervisor } = await import("../pipeline/supervisor.ts");
  const supervisor = createSupervisor({ log: () => undefined });
  try {
    const market = await openMarket({ supervisor }, invocation, null);
    const code = await showJob(invocation, market, row, what !== "status");
    return what === "status" ? 0 : code;
  } finally {
    await supervisor.stop(0);
  }
}

/** Lists jobs. */
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
  if (!await hasStore(config)) {
    await output.document({ jobs: [] }, "No jobs yet", []);
    return 0;
  }
  await refresh(invocation, config);
  await using store = await readStore(config);
  const rows = (await store.listJobs(filter)).map(jobListRow);
  await output.document(
    { jobs: rows },
    () =>
      rows.length === 0 ? "No jobs" : alignedText([
        ["JOB", "TYPE", "STATUS", "EXIT", "PAID", "CREATED"],
        ...rows.map((row) => [
          String(row.job_id),
          String(row.type),
          String(row.status),
          row.exit_code === null ? "-" : String(row.exit_code),
          `${(row.amount_units as bigint) + (row.write_units as bigint)} units`,
          String(row.created_at),
        ]),
      ]),
    rows,
  );
  return 0;
}

async function find(config: Config, id: string): Promise<JobRow> {
  if (await hasStore(config)) {
    await using store = await readStore(config);
    const row = await store.getJob(id, "buyer") ?? await store.getJob(id, "provider");
    if (row !== null) return row;
  }
  throw new CommandError(
    "not_found",
    `there is no job ${id} in this home`,
    "see 'crosstown job list'",
  );
}

/** What the relay has of this home's unfinished jobs is taken in; offline, that is said and what is here is shown. */
async function refresh(invocation: Invocation, config: Config): Promise<void> {
  const daemon = await daemonOf(config.paths.controlSocket);
  if (daemon !== null) return daemon.close();
  const open = await unfinished(config);
  if (open.length === 0) return;
  await withHome(invocation, config, async (home) => {
    await catchUp(home, open, await skillsOf(invocation, config, home, open));
  });
}

async function unfinished(config: Config): Promise<JobRow[]> {
  await using store = await readStore(config);
  const status = STATUSES.filter((each) => !isEnded(each));
  return await store.listJobs({ role: "buyer", status, limit: 256 });
}

async function broughtUpToDate(
  invocation: Invocation,
  config: Config,
  row: JobRow,
  wait: boolean,
): Promise<JobRow> {
  const { signal } = invocation;
  const daemon = await daemonOf(config.paths.controlSocket);
  if (daemon !== null) {
    daemon.close();
    await using store = await readStore(config);
    let now = row;
    while (wait && !isEnded(now.status)) {
      signal.throwIfAborted();
      now = await store.watchJob(row.jobId, "buyer", now.updatedAtMs, 250) ?? now;
    }
    return wait ? now : await store.getJob(row.jobId, "buyer") ?? row;
  }
  return await withHome(invocation, config, async (home) => {
    const skills = await skillsOf(invocation, config, home, [row]);
    if (!wait) {
      await catchUp(home, [row], skills);
      return await home.store.getJob(row.jobId, "buyer") ?? row;
    }
    const { sendOutbox } = await import("../pipeline/job_flow.ts");
    const answers = await listenForAnswers(home, [row], skills);
    answers.done.catch(() => undefined);
    const sent = sendOutbox(home, signal);
    sent.catch(() => undefined);
    const ended = await awaitJob(home, row.jobId, signal);
    await answers.drain(1_000).catch(() => undefined);
    return ended;
  }) ?? row;
}

/** Does it on the opened home; where the network is gone (R7), says so and gives undefined. */
async function withHome<T>(
  invocation: Invocation,
  config: Config,
  work: (home: ConfiguredHome) => Promise<T>,
): Promise<T | undefined> {
  const { output, globals, signal } = invocation;
  let home: ConfiguredHome;
  try {
    home = await openConfiguredHome(config, { oneOff: true, verbose: globals.verbose });
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    if (code !== "no_wallet" && code !== "no_passphrase" && code !== "locked") throw error;
    await output.warn(`not brought up to date: ${(error as Error).message}`);
    return undefined;
  }
  try {
    return await work(home);
  } catch (error) {
    if (signal.aborted) throw error;
    if ((error as { code?: unknown }).code !== "offline") throw error;
    await output.warn(`${(error as Error).message}; what this home knows is shown`);
    return undefined;
  } finally {
    await home.stop();
  }
}

function skillsOf(
  { io }: Invocation,
  config: Config,
  home: ConfiguredHome,
  jobs: readonly JobRow[],
) {
  return buyerSkills(home, {
    callbacks: jobs.some(({ callbackSkill }) => callbackSkill !== null),
    limitBytes: config.get("limits.event_bytes"),
    path: io.env("PATH") ?? "",
    execPath: Deno.execPath(),
    platform: ownPlatform(),
  });
}

function statusOf(text: string): JobStatus {
  const found = STATUSES.find((each) => each === text);
  if (found === undefined) {
    throw new UsageError(`there is no status ${text}`, `one of ${STATUSES.join(", ")}`);
  }
  return found;
}

/** Whether this home has a store yet. */
export async function hasStore(config: Config): Promise<boolean> {
  try {
    await Deno.stat(`${config.paths.stateFolder}/state.db`);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
