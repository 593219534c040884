/**
 * Measures how much CPU the dashboard needs while 1,000 events a second happen in a home of 10,000 jobs, and how long it takes from a key
 * to a frame.
 *
 * @module
 */
import process from "node:process";
import { EventLines } from "../commands/dashboard/event_lines.ts";
import { watchHome } from "../commands/dashboard/home_watch.ts";
import { type EventLine, firstModel, type Model } from "../commands/dashboard/model.ts";
import { homeLooks, lineOf } from "../commands/dashboard/read_home.ts";
import { update } from "../commands/dashboard/update.ts";
import { view } from "../commands/dashboard/view.ts";
import { M2M } from "../protocols/ilp/asset.ts";
import type { JobRow } from "../store/job_row.ts";
import { openSqliteStore } from "../store/sqlite_store.ts";
import type { Figure } from "./figures.ts";

const JOBS = 10_000;
const COMMIT = 500;
/** Rounds of a second each, as often as the dashboard reads rows. */
const ROUNDS = 40;
const EVENTS_A_ROUND = 100;
const KEYS = 500;

/** See {@link Figure}. */
export async function benches(): Promise<Figure[]> {
  const folder = await Deno.makeTempDir({ prefix: "ct-bench-" });
  const writer = await openSqliteStore({ folder, clock: Date.now, journal: true });
  try {
    for (let from = 0; from < JOBS; from += COMMIT) {
      const rows = Array.from({ length: COMMIT }, (_, i) => jobRow(from + i));
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
    columns: 120,
    rows: 40,
    nowMs: Date.now(),
  });
  const abilities = { colour: true, unicode: true };
  const lines = new EventLines({
    nameOf: () => Promise.resolve(null),
    asset: M2M,
    jobOf: async (id) => {
      const row = await reader.getJob(id, "buyer");
      return row === null ? null : lineOf(row);
    },
    testsOf: () => Promise.resolve(null),
  });
  const looks = homeLooks(reader, 10, () => performance.now());
  const stop = new AbortController();
  let busyMs = 0;
  let rounds = 0;
  let next = JOBS;
  await watchHome(reader, async (fresh) => {
    const startMs = cpuMs();
    const events: EventLine[] = [];
    for (const entry of fresh) events.push(...await lines.linesOf(entry));
    model = update(model, { is: "look", look: (await looks()).look, events }).model;
    view(model, abilities);
    if (rounds++ > 0) busyMs += cpuMs() - startMs;
    if (rounds > ROUNDS) return stop.abort();
    const rows = Array.from({ length: EVENTS_A_ROUND }, () => jobRow(next++));
    await writer.commit(rows.map((row) => ({ op: "putJob" as const, row })));
  }, { signal: stop.signal, earlier: 0 });

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
      // There are ten rounds a second, so milliseconds per round are percent of a core.
      value: busyMs / ROUNDS,
      unit: "%",
    },
    { name: "key to frame, p99", value: took[Math.floor(KEYS * 0.99)], unit: "ms" },
  ];
}

/** CPU time of this process alone. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

function jobRow(i: number): JobRow {
  const eventId = i.toString(16).padStart(8, "0").padEnd(64, "a");
  return {
    jobId: `job-${eventId.slice(0, 8)}`,
    role: "buyer",
    eventId,
    kind: 5600,
    type: "echo",
    status: "posted",
    buyer: "b".repeat(64),
    provider: "c".repeat(64),
    callbackSkill: null,
    createdAtMs: Date.now(),
    updatedAtMs: Date.now(),
    timeoutS: 300,
    amountUnits: 8_750n,
    jobPaid: false,
    writeUnits: 0n,
    request: new Uint8Array(800),
    resultEventId: null,
    result: null,
    exitCode: null,
    errorCode: null,
    errorMessage: null,
    attempt: 0,
  };
}
