/**
 * Reads the home for the dashboard: rows and journal from the store, sessions from the daemon's socket.
 *
 * @module
 */
import { isLow, nameOf } from "../../money/channels/views.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { Store, StoreTotals } from "../../store/store.ts";
import { daemonOf } from "../../shell/home/daemon_of.ts";
import type { ChannelLine, Daemon, JobLine, Look } from "./model.ts";

/** The most jobs that are listed, the newest first. */
const MAX_JOBS = 200;

/** Counting all jobs takes longer than all other reads together, so it is done at most once in this time, in milliseconds. */
const COUNT_MS = 1_000;

/** Reads the current rows. `counted` is false if the counts are up to a second old. */
export function homeLooks(
  store: Store,
  lowBalancePercent: number,
  clock: () => number,
): () => Promise<{ readonly look: Look; readonly counted: boolean }> {
  let totals: StoreTotals | null = null;
  let atMs = -Infinity;
  return async () => {
    const counted = totals === null || Math.abs(clock() - atMs) >= COUNT_MS;
    if (counted) {
      atMs = clock();
      totals = await store.totals();
    }
    return { look: await lookAt(store, totals!, lowBalancePercent), counted };
  };
}

async function lookAt(
  store: Store,
  totals: StoreTotals,
  lowBalancePercent: number,
): Promise<Look> {
  const [jobs, channels] = await Promise.all([
    store.listJobs({ limit: MAX_JOBS }),
    channelLines(store, lowBalancePercent),
  ]);
  return {
    jobs: jobs.map(lineOf),
    channels,
    counts: totals.jobs,
    spentUnits: totals.spentUnits,
    earnedUnits: totals.earnedUnits,
    inDoubt: totals.openOutgoing,
  };
}

/** A job without its documents. */
export function lineOf({ request: _request, result: _result, ...line }: JobRow): JobLine {
  return line;
}

async function channelLines(store: Store, lowBalancePercent: number): Promise<ChannelLine[]> {
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
  const client = await daemonOf(socket).catch(() => null);
  if (client === null) return null;
  try {
    const told = await client.call("status") as Partial<Pick<Daemon, "role" | "live">> & {
      readonly paused_since?: string;
      readonly skills?: string;
      readonly more_connectors?: Daemon["connectors"];
    };
    const live = told.live ?? { relay: null, connector: null, chain: null };
    return {
      role: String(told.role ?? "mayor"),
      pausedSince: told.paused_since ?? null,
      skills: told.skills?.split(" ").filter((name) => name !== "") ?? [],
      live,
      connectors: told.more_connectors ?? [],
    };
  } catch {
    return null; // The process ended meanwhile.
  } finally {
    client.close();
  }
}
