/**
 * Measures how much CPU the dashboard needs while 1,000 events a second happen in a home of 10,000 jobs, and how long it takes from a key
 * to a frame, and from a change in the store to the frame that shows it.
 *
 * @module
 */
import process from "node:process";
import { type Followed, followHome } from "../commands/dashboard/home_follow.ts";
import { firstModel, type Model } from "../commands/dashboard/model.ts";
import { shownOf } from "../commands/dashboard/shown.ts";
import { type Message, update } from "../commands/dashboard/update.ts";
import { view } from "../commands/dashboard/view.ts";
import { M2M } from "../protocols/ilp/asset.ts";
import { openSqliteStore } from "../store/sqlite_store.ts";
import { benchJob } from "./dashboard_jobs.ts";
import type { Figure } from "./figures.ts";

const JOBS = 10_000;
const COMMIT = 500;
const ROUNDS = 40;
/** What 1,000 events a second bring between two reads of the dashboard: it reads every 80 ms, and a read takes about 5. */
const EVENTS_A_ROUND = 85;
const KEYS = 500;
/** Changes that come one at a time, at no fixed moment of the dashboard's round. */
const CHANGES = 100;
const MOST_PAUSE_MS = 60;

/** See {@link Figure}. */
export async function benches(): Promise<Figure[]> {
  const folder = await Deno.makeTempDir({ prefix: "ct-bench-" });
  const writer = await openSqliteStore({ folder, clock: Date.now, journal: true });
  try {
    for (let from = 0; from < JOBS; from += COMMIT) {
      const rows = Array.from({ length: COMMIT }, (_, i) => benchJob(from + i));
      await writer.commit(rows.map((row) => ({ op: "putJob" as const, row })));
    }
    const reader = await openSqliteStore({ folder, clock: Date.now, readOnly: true });
    try {
      return await measured(writer, reader);
    } finally {
      await reader.close();
    }
  } finally {
    await writer.close();
    await Deno.remove(folder, { recursive: true });
  }
}

type Store = Awaited<ReturnType<typeof openSqliteStore>>;

async function measured(writer: Store, reader: Store): Promise<Figure[]> {
  let model: Model = firstModel({
    network: "dev",
    testnet: true,
    asset: M2M,
    mayor: "mayor-001",
    topUp: "10.00 M2M",
    holds: false,
    columns: 120,
    rows: 40,
    nowMs: Date.now(),
  });
  const abilities = { colour: true, unicode: true };
  const stop = new AbortController();
  let [startMs, writesMs, rounds, next] = [0, 0, 0, JOBS];
  let written = Promise.resolve();
  const write = async () => {
    const before = cpuMs();
    const rows = Array.from({ length: EVENTS_A_ROUND }, () => benchJob(next++));
    await writer.commit(rows.map((row) => ({ op: "putJob" as const, row })));
    writesMs += cpuMs() - before;
  };
  await followHome(
    followed(reader),
    (message) => {
      model = update(model, message).model;
      view(model, abilities);
      // The first round reads the whole list.
      if (rounds++ === 0) startMs = cpuMs();
      if (rounds > ROUNDS) return stop.abort();
      written = write();
    },
    stop.signal,
    () => shownOf(model),
  );
  const busyMs = cpuMs() - startMs - writesMs;
  await written;

  const changes = await changesShown(writer, reader, (message) => {
    model = update(model, message).model;
    view(model, abilities);
  }, next);

  const took: number[] = [];
  for (let i = 0; i < KEYS; i++) {
    const startMs = performance.now();
    model = update(model, { is: "key", key: i % 2 === 0 ? "down" : "up" }).model;
    view(model, abilities);
    took.push(performance.now() - startMs);
  }
  took.sort((a, b) => a - b);
  return [
    {
      name: "core at 1,000 events a second, 10,000 jobs",
      // Milliseconds of a core that 1,000 events need, of the 1,000 of a second.
      value: 100 * busyMs / (ROUNDS * EVENTS_A_ROUND),
      unit: "%",
    },
    { name: "key to frame, p99", value: took[Math.floor(KEYS * 0.99)], unit: "ms" },
    { name: "change to frame, p99", value: changes, unit: "ms" },
  ];
}

/** From a durable change to its frame, the slowest of a hundred but one, in milliseconds. The dashboard looks as it does for a person. */
async function changesShown(
  writer: Store,
  reader: Store,
  show: (message: Message) => void,
  from: number,
): Promise<number> {
  const stop = new AbortController();
  const took: number[] = [];
  let [changedMs, waitsFor] = [0, ""];
  let shown = Promise.withResolvers<void>();
  const first = Promise.withResolvers<void>();
  const watching = followHome(followed(reader), (message) => {
    show(message);
    first.resolve();
    if (message.is !== "look") return;
    if (!message.look.jobs.some(({ jobId }) => jobId === waitsFor)) return;
    took.push(performance.now() - changedMs);
    waitsFor = "";
    shown.resolve();
  }, stop.signal);
  await first.promise;
  for (let i = 0; i < CHANGES; i++) {
    await new Promise((resolve) => setTimeout(resolve, Math.random() * MOST_PAUSE_MS));
    shown = Promise.withResolvers();
    const row = benchJob(from + i);
    [changedMs, waitsFor] = [performance.now(), row.jobId];
    await writer.commit([{ op: "putJob", row }]);
    await shown.promise;
  }
  stop.abort();
  await watching;
  return took.toSorted((a, b) => a - b)[Math.floor(CHANGES * 0.99) - 1];
}

/** What the dashboard follows, without a daemon that knows the providers' names. */
function followed(store: Store): Followed {
  return {
    store,
    config: { profile: { asset: M2M }, get: () => 10 },
    market: () => Promise.reject(new Error("no job of the bench has a result")),
    nameOf: () => Promise.resolve(null),
  };
}

/** CPU time of this process alone. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
