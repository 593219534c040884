/**
 * Measures `mayor attach`, as installed, on a terminal of its own: its memory at the highest and its processor time, beside a daemon of a home
 * with 10,000 jobs while 1,000 events a second happen there. The daemon is this process: it writes the store and answers on the home's socket.
 *
 * @module
 */
import { homePaths } from "../config/paths.ts";
import { serveControl } from "../home/control/control_server.ts";
import { VERSION } from "../shell/version.ts";
import { openSqliteStore } from "../store/sqlite_store.ts";
import type { OpenStore } from "../store/store.ts";
import { attachTo } from "./attached_terminal.ts";
import { benchJob } from "./dashboard_jobs.ts";
import type { Figure } from "./figures.ts";
import { taken } from "./processes.ts";

const JOBS = 10_000;
const COMMIT = 500;
const EVENTS_A_SECOND = 1_000;
const BUSY_MS = 15_000;
const STEP_MS = 50;
/** The dashboard has started and drawn its first frames. */
const QUIET_MS = 5_000;

/** See {@link Figure}. */
export const benches = { maxRuns: 1, run: busy };

async function busy(): Promise<Figure[]> {
  const folder = await Deno.makeTempDir({ prefix: "ctb" });
  try {
    const { stateFolder, controlSocket } = homePaths(folder, "mayor-001");
    await using store = disposable(
      await openSqliteStore({ folder: stateFolder, clock: Date.now, journal: true }),
    );
    for (let from = 0; from < JOBS; from += COMMIT) await addJobs(store, from, COMMIT);
    const control = await serveControl({ path: controlSocket, handlers: HANDLERS });
    try {
      return await measured(folder, store);
    } finally {
      await control.close();
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const HANDLERS = {
  status: () => ({
    role: "mayor",
    version: VERSION,
    live: { relay: null, connector: null, chain: null },
  }),
  announcements: () => [],
};

async function measured(folder: string, store: OpenStore): Promise<Figure[]> {
  {
    // The runtime compiles a program at its first start, and keeps the result.
    await using _first = await attachTo(folder, "mayor");
    await pauseFor(QUIET_MS);
  }
  await using dashboard = await attachTo(folder, "mayor");
  await pauseFor(QUIET_MS);
  const cpuMs = async () => (await taken({ dashboard: dashboard.pid })).dashboard.cpuMs;
  const quiet = await dashboard.peakMegabytes();
  const [beforeMs, startMs] = [await cpuMs(), performance.now()];
  let written = 0;
  for (let passedMs = 0; passedMs < BUSY_MS; passedMs = performance.now() - startMs) {
    const due = Math.min(COMMIT, Math.floor(passedMs * EVENTS_A_SECOND / 1_000) - written);
    await addJobs(store, JOBS + written, due);
    written += due;
    await pauseFor(STEP_MS);
  }
  const passedMs = performance.now() - startMs;
  return [
    { name: "memory of a dashboard at its highest", value: quiet, unit: "MB" },
    {
      name: "the same at 1,000 events a second",
      value: await dashboard.peakMegabytes(),
      unit: "MB",
    },
    {
      name: "core of its process at 1,000 events a second",
      value: 100 * (await cpuMs() - beforeMs) / passedMs,
      unit: "%",
    },
  ];
}

async function addJobs(store: OpenStore, from: number, count: number): Promise<void> {
  const rows = Array.from({ length: count }, (_, i) => benchJob(from + i));
  await store.commit(rows.map((row) => ({ op: "putJob" as const, row })));
}

function pauseFor(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function disposable(store: OpenStore): OpenStore & AsyncDisposable {
  return { ...store, [Symbol.asyncDispose]: () => store.close() };
}
