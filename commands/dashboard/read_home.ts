/**
 * Reads the home for the dashboard: rows and journal from the store, sessions from the daemon's socket.
 *
 * @module
 */
import { isLow, nameOf } from "../../money/channels/views.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { Store, StoreTotals } from "../../store/store.ts";
import type { ControlClient } from "../../home/control/control_client.ts";
import { daemonOf } from "../../shell/home/daemon_of.ts";
import type { ChannelLine, Daemon, JobLine, Look } from "./model.ts";
import type { Shown } from "./shown.ts";

/** The most jobs that are listed, the newest first. */
const MAX_JOBS = 200;
/** The whole list is read at most once in this time, in milliseconds: while older jobs are in view, and after the last change. */
const WHOLE_MS = 1_000;

/** The home now, and the part of it that was read just now. */
interface HomeLook {
  readonly look: Look;
  /** The jobs that were read for this look. Of a job that this home sells to itself, the buyer's row. */
  readonly fresh: ReadonlyMap<string, JobLine>;
  /** False if the older jobs may be as they were before. */
  readonly whole: boolean;
}

/**
 * Reads the current rows: each time the totals, as many of the newest jobs as are shown, and those whose ids are given.
 *
 * Held: the last 200 jobs without their documents.
 */
export function homeLooks(
  store: Pick<Store, "totals" | "listJobs" | "getJob" | "listChainChannels" | "listPayerChannels">,
  lowBalancePercent: number,
  clock: () => number,
): (changed: readonly string[], shown: Shown) => Promise<HomeLook> {
  let jobs: readonly JobLine[] = [];
  let atMs: number | null = null;
  let wasOlder = false;
  return async (changed, { newest: page, older }) => {
    const wanted = older || changed.length === 0;
    // What changed while older jobs were not in view was not kept.
    const stale = older && !wasOlder;
    const whole = atMs === null || stale || wanted && Math.abs(clock() - atMs) >= WHOLE_MS;
    wasOlder = older;
    if (whole) atMs = clock();
    // Read with the rows, so that they agree with the rows on the same screen.
    const [totals, rows, channels] = await Promise.all([
      store.totals(),
      store.listJobs({ limit: whole ? MAX_JOBS : page, documents: false }),
      channelLines(store, lowBalancePercent),
    ]);
    const fresh = byId(rows);
    for (const jobId of new Set(changed)) {
      const row = fresh.has(jobId) ? null : await store.getJob(jobId).catch(() => null);
      if (row !== null) fresh.set(jobId, lineOf(row));
    }
    const listed = whole ? rows : merged(rows, older ? renewed(jobs, fresh) : jobs);
    // Jobs that nobody looks at are not kept from look to look.
    if (whole || older) jobs = listed;
    return { look: lookOf(listed, channels, totals), fresh, whole };
  };
}

function lookOf(
  jobs: readonly JobLine[],
  channels: readonly ChannelLine[],
  totals: StoreTotals,
): Look {
  return {
    jobs,
    channels,
    counts: totals.jobs,
    spentUnits: totals.spentUnits,
    earnedUnits: totals.earnedUnits,
    inDoubt: totals.openOutgoing,
  };
}

function byId(jobs: readonly JobLine[]): Map<string, JobLine> {
  const found = new Map<string, JobLine>();
  for (const job of jobs) {
    if (job.role === "buyer" || !found.has(job.jobId)) found.set(job.jobId, job);
  }
  return found;
}

/** The newest jobs, and after them the older ones of the last list; both lists begin with the newest. */
function merged(newest: readonly JobLine[], last: readonly JobLine[]): JobLine[] {
  const end = newest.at(-1);
  if (end === undefined) return [...last];
  const from = last.findIndex((job) => !isNewer(job, end));
  if (from < 0) return [...newest];
  // Of a job that this home sells to itself, one row may be the last of the newest, and the other one the first of the older rows.
  const rolesOfEnd = newest.filter(({ jobId }) => jobId === end.jobId).map(({ role }) => role);
  const isThere = ({ jobId, role }: JobLine) => jobId === end.jobId && rolesOfEnd.includes(role);
  const older = last.slice(from, from + MAX_JOBS).filter((job) => !isThere(job));
  return newest.concat(older.slice(0, MAX_JOBS - newest.length));
}

/** Whether a job stands above another one in a list. */
function isNewer(job: JobLine, than: JobLine): boolean {
  return job.createdAtMs > than.createdAtMs ||
    job.createdAtMs === than.createdAtMs && job.jobId > than.jobId;
}

/** The same jobs, each as it was read last. */
function renewed(jobs: readonly JobLine[], fresh: ReadonlyMap<string, JobLine>): JobLine[] {
  return jobs.map((job) => {
    const read = fresh.get(job.jobId);
    return read?.role === job.role ? read : job;
  });
}

/** A job without its documents. */
export function lineOf({ request: _request, result: _result, ...line }: JobRow): JobLine {
  return line;
}

async function channelLines(
  store: Pick<Store, "listChainChannels" | "listPayerChannels">,
  lowBalancePercent: number,
): Promise<ChannelLine[]> {
  const [rows, payers] = await Promise.all([store.listChainChannels(), store.listPayerChannels()]);
  const byId = new Map(payers.map((row) => [row.channelId, row]));
  return rows.map((row) => {
    const usedUnits = byId.get(row.channelId ?? "")?.signed ?? 0n;
    return {
      name: nameOf(row),
      status: row.status,
      depositUnits: row.depositUnits,
      usedUnits,
      low: isLow(row.depositUnits, usedUnits, lowBalancePercent),
    };
  });
}

/** The status of the process that holds the home; null if none does. */
export async function askDaemon(socket: string): Promise<Daemon | null> {
  using asker = daemonAsker(socket);
  return await asker.ask();
}

/** Asks again and again, over one connection as long as that process lasts. */
interface DaemonAsker extends Disposable {
  /** See {@link askDaemon}. */
  ask(): Promise<Daemon | null>;
}

/** Connects at the first question. Dispose of it to end the connection. */
export function daemonAsker(socket: string): DaemonAsker {
  let held: ControlClient | null = null;
  const drop = (client: ControlClient | null) => {
    client?.close();
    if (held === client) held = null;
  };
  return {
    async ask() {
      // The process of an earlier connection may have ended, and another one may have taken its place.
      for (const last of [held === null, true]) {
        const client = held ??= await daemonOf(socket).catch(() => null);
        if (client === null) return null;
        try {
          return toldDaemon(await client.call("status") as StatusTold);
        } catch {
          drop(client);
          if (last) return null;
        }
      }
      return null;
    },
    [Symbol.dispose]: () => drop(held),
  };
}

/** The fields of a status that the dashboard shows. */
type StatusTold = Partial<Pick<Daemon, "role" | "live">> & {
  readonly paused_since?: string;
  readonly skills?: string;
  readonly more_connectors?: Daemon["connectors"];
};

function toldDaemon(told: StatusTold): Daemon {
  return {
    role: String(told.role ?? "mayor"),
    pausedSince: told.paused_since ?? null,
    skills: told.skills?.split(" ").filter((name) => name !== "") ?? [],
    live: told.live ?? { relay: null, connector: null, chain: null },
    connectors: told.more_connectors ?? [],
  };
}
