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
    store.listJobs({ limit: MAX_JOBS, documents: false }),
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
