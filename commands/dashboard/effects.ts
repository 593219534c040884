/**
 * The dashboard's actions for its user: show a job's details, cancel it, make a deposit, stop the daemon. Every change goes to the daemon,
 * which holds the keys and enforces their limits. What an action needs is loaded when it is used: most dashboards only look.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import { inflate } from "../../market/logs/deflate.ts";
import type { Market } from "../../market/market_service.ts";
import { formatUnits } from "../../protocols/ilp/asset.ts";
import { isOpen } from "../../protocols/job_status.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { Store } from "../../store/store.ts";
import { daemonOf } from "../../shell/home/daemon_of.ts";
import type { Invocation } from "../../shell/command.ts";
import { describeFailure } from "../../shell/errors.ts";
import { Output, printable } from "../../shell/output.ts";
import { EventLines } from "./event_lines.ts";
import type { Effect, EventLine, JobLine, OpenJob } from "./model.ts";
import { lineOf } from "./read_home.ts";

/** The deposit that is proposed, in whole tokens. */
export const TOP_UP_WHOLE = 10n;
/** The most lines of a log that are kept. */
const MAX_LOG_LINES = 10_000;
const MAX_TIMELINE = 200;
/** How much of the end of a growing log is read, in bytes. */
const LIVE_BYTES = 64 << 10;

/** What the actions need. */
export interface Helpers {
  readonly invocation: Invocation;
  readonly config: Config;
  readonly store: Store;
  readonly market: () => Promise<Pick<Market, "readResult">>;
  readonly nameOf: (provider: string) => Promise<string | null>;
}

/** An action that changes the home. */
type Change = Exclude<Effect, { do: "open" | "price" | "payments" | "leave" }>;

/** Runs an action that changes the home, and returns the message to show: of a failure also what to do, in a second line. */
export async function change(
  effect: Change,
  helpers: Helpers,
): Promise<EventLine> {
  const { config, invocation: { io } } = helpers;
  const told = (text: string, tone: EventLine["tone"] = "good"): EventLine => ({
    atMs: io.clock(),
    text,
    tone,
  });
  try {
    if (await atWork(config) === null) {
      return told("no daemon is up to do it: start one with 'crosstown mayor up --detach'", "warn");
    }
    return told(await done(effect, { ...helpers, invocation: silent(helpers.invocation) }));
  } catch (error) {
    const { message, suggestion } = describeFailure(error);
    return told(`${message}\n${suggestion}`, "bad");
  }
}

async function done(
  effect: Change,
  { invocation, config }: Helpers,
): Promise<string> {
  switch (effect.do) {
    case "cancel": {
      const { openHomeClient } = await import("../../shell/home/home_client.ts");
      await using home = await openHomeClient(invocation, config, { opens: "home_or_store" });
      const told = await home.cancelJob({ jobId: effect.jobId, atMs: invocation.io.clock() });
      return `${effect.jobId} is cancelled (${CANCELLED[told]})`;
    }
    case "rerun": {
      const { jobRerun } = await import("../job/job_rerun.ts");
      const { args, options } = invocation;
      const asked = {
        ...invocation,
        args: args.with("id", effect.jobId),
        options: options.with("bid", `${effect.mostUnits}units`),
      };
      const code = await jobRerun(asked);
      return code === 0
        ? `${effect.jobId} is bought again`
        : `${effect.jobId} could not be bought again`;
    }
    case "pause": {
      const { openHomeClient } = await import("../../shell/home/home_client.ts");
      await using home = await openHomeClient(invocation, config, { opens: "store" });
      await home.pause({ side: effect.side, atMs: effect.pause ? invocation.io.clock() : null });
      return effect.pause ? `${effect.side} is paused` : `${effect.side} goes on`;
    }
    case "top_up": {
      const { addUnits } = effect;
      const { withChannelManager } = await import("../channel/channel_home.ts");
      await withChannelManager(
        invocation,
        config,
        (home) =>
          home.channel({
            op: "deposit",
            channel: effect.channel,
            addUnits: String(addUnits),
          }),
      );
      return `${formatUnits(addUnits, config.profile.asset)} deposited into ${effect.channel}`;
    }
    case "stop": {
      const client = await daemonOf(config.paths.controlSocket);
      await client?.call("stop").finally(() => client.close());
      return "the daemon is stopping";
    }
  }
}

const CANCELLED = {
  told: "its provider was told",
  queued: "its provider is told when the relay answers",
  not_needed: "nothing had left this home",
};

async function atWork({ paths }: Config): Promise<true | null> {
  const client = await daemonOf(paths.controlSocket);
  client?.close();
  return client === null ? null : true;
}

/** The dashboard owns the screen, so a command's remarks are not printed on it. */
function silent(invocation: Invocation): Invocation {
  const nowhere = { isTerminal: false, write: () => Promise.resolve() };
  const io = { ...invocation.io, stdout: nowhere, stderr: nowhere, askSecret: undefined };
  const output = new Output(io, { mode: "text", quiet: true, verbose: false });
  return { ...invocation, io, output, globals: { ...invocation.globals, yes: true } };
}

/** A job with its changes and its log. */
export async function openedJob(
  jobId: string,
  { store, config, market, nameOf }: Pick<Helpers, "store" | "config" | "market" | "nameOf">,
): Promise<Omit<OpenJob, "offset" | "follow">> {
  const row = await store.getJob(jobId);
  const entries = await store.listJournal({ jobId, order: "oldest", limit: MAX_TIMELINE });
  const lines = new EventLines({
    asset: config.profile.asset,
    jobOf: () => Promise.resolve(row === null ? null : lineOf(row)),
    testsOf: () => testsOf(row, market),
    nameOf,
  });
  const timeline = (await Promise.all(entries.map((entry) => lines.linesOf(entry)))).flat();
  return {
    jobId,
    timeline,
    log: await logOf(row, market) ?? await liveLogOf(row, { store, config }),
  };
}

async function logOf(row: JobRow | null, market: Helpers["market"]): Promise<string[] | null> {
  if (row === null || row.result === null) return null;
  const { log, content } = await (await market()).readResult(row.kind, row.result);
  const text = log ?? content ?? "";
  return text.trimEnd().split("\n").slice(-MAX_LOG_LINES).map((line) => printable(line));
}

/**
 * The part of a job's log that arrived so far. If a daemon is running, it asks the provider for more; otherwise the log comes from the
 * store.
 */
async function liveLogOf(
  row: JobRow | null,
  { store, config }: Pick<Helpers, "store" | "config">,
): Promise<string[] | null> {
  if (row === null) return null;
  const { jobId, role } = row;
  const { endBytes } = await store.jobLog(jobId, role, Number.MAX_SAFE_INTEGER, 0);
  if (role === "buyer" && isOpen(row.status)) {
    const client = await daemonOf(config.paths.controlSocket);
    await client?.call("jobLog", { jobId, offset: endBytes, waitMs: 0 }).catch(() => undefined)
      .finally(() => client.close());
  }
  const now = await store.jobLog(jobId, role, Number.MAX_SAFE_INTEGER, 0);
  const { pieces } = await store.jobLog(jobId, role, Math.max(0, now.endBytes - LIVE_BYTES), 0);
  if (pieces.length === 0) return null;
  const parts = await Promise.all(pieces.map((each) => inflate(each.deflated, each.sizeBytes)));
  const text = new TextDecoder().decode(await new Blob(parts.map((each) => each.slice())).bytes());
  return text.trimEnd().split("\n").slice(-MAX_LOG_LINES).map((line) => printable(line));
}

/** The test counts of a job's result. */
export async function testsOf(
  row: JobRow | null,
  market: Helpers["market"],
): Promise<{ passed: number; total: number } | null> {
  // Only the result of a run has tests. Others need no worker that reads them.
  if (row === null || row.result === null || row.exitCode === null) return null;
  const { tests } = await (await market()).readResult(row.kind, row.result);
  return tests === undefined ? null : tests;
}

/** A job of the home, with the fields that an event's line needs. */
export async function jobOf(store: Pick<Store, "getJob">, jobId: string): Promise<JobLine | null> {
  const row = await store.getJob(jobId).catch(() => null);
  return row === null ? null : lineOf(row);
}
