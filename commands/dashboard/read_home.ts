/**
 * The home as the dashboard reads it: its store for rows and journal, the daemon's socket for its sessions.
 *
 * @module
 */
import { isLow, nameOf } from "../../money/channels/views.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { Store } from "../../store/store.ts";
import { daemonOf } from "../home/daemon_of.ts";
import type { ChannelLine, Daemon, JobLine, Look } from "./model.ts";

/** As many jobs are listed, the newest. */
const MAX_JOBS = 500;

/** The rows as they are now. */
export async function lookAt(store: Store, lowBalancePercent: number): Promise<Look> {
  const [jobs, totals, channels] = await Promise.all([
    store.listJobs({ limit: MAX_JOBS }),
    store.totals(),
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

/** What the process at work says of itself; null where none is. */
export async function askDaemon(socket: string): Promise<Daemon | null> {
  const client = await daemonOf(socket).catch(() => null);
  if (client === null) return null;
  try {
    const told = await client.call("status") as Partial<Daemon>;
    const live = told.live ?? { relay: null, connector: null, chain: null };
    return { role: String(told.role ?? "mayor"), live };
  } catch {
    return null; // It ended meanwhile.
  } finally {
    client.close();
  }
}
