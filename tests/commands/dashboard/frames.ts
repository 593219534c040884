/**
 * The dashboard's screens, each as it looks at two sizes (`fixtures/frames/`). Run as a program, it writes them:
 * `deno run --allow-read --allow-write=fixtures/frames tests/commands/dashboard/frames.ts`.
 */
import type { Model, PaymentLine } from "../../../commands/dashboard/model.ts";
import { lineOf } from "../../../commands/dashboard/read_home.ts";
import { view } from "../../../commands/dashboard/view.ts";
import { eventIdOf, job } from "../../store/store_rows.ts";
import { after, CONNECTED, JOBS, keys, model, NOW_MS } from "./dashboard_model.ts";

/** The sizes, in columns and rows. */
export const SIZES = [[80, 24], [100, 40]] as const;

const at = (seconds: number) => NOW_MS - seconds * 1_000;

function opened(): Model {
  const timeline = [
    ["Posted job-2222222: ci-run (875 bytes, 0.00875 M2M)", 3],
    ["Paid 0.10 M2M to aaaaaaaaaaaa for job-2222222", 2],
    ["job-2222222 is processing", 1],
  ] as const;
  return after(model(), ...keys("return"), {
    is: "opened",
    job: {
      jobId: "job-2222222",
      timeline: timeline.map(([text, ago]) => ({ atMs: at(ago), text, tone: "plain" })),
      log: Array.from({ length: 60 }, (_, n) => `test ${n + 1} of 60 ... ok`),
    },
  });
}

function payments(): Model {
  const lines = Array.from({ length: 50 }, (_, n): PaymentLine => ({
    atMs: at(n * 61),
    what: n % 2 === 0 ? "write" : "payment",
    amount: n % 2 === 0 ? "0.00875 M2M" : "0.10 M2M",
    left: `${(49.9 - n / 10).toFixed(2)} M2M`,
    jobId: "job-2222222",
    channel: `0x7f3a9b2e${"0".repeat(56)}`,
    outcome: n === 3 ? "refused" : "fulfilled",
  }));
  return after(model(), ...keys("m"), { is: "payments", lines });
}

function troubled(): Model {
  const offline = { ...CONNECTED, state: "offline", reason: "connect ECONNREFUSED" } as const;
  const failed = lineOf(job({
    jobId: "job-7777777",
    eventId: eventIdOf("7777777"),
    status: "refused",
    errorCode: "offline",
    errorMessage: "nobody answers",
    createdAtMs: at(20),
    updatedAtMs: at(10),
  }));
  const { look } = model();
  const channels = [{ ...look.channels[0], usedUnits: 47_000_000n, low: true }];
  return after(
    model(),
    { is: "look", look: { ...look, channels, jobs: [failed, ...JOBS], inDoubt: 1 }, events: [] },
    {
      is: "daemon",
      daemon: {
        ...model().daemon!,
        live: { relay: offline, connector: offline, chain: CONNECTED },
      },
    },
    {
      is: "told",
      note: {
        atMs: NOW_MS,
        text: "the relay does not answer\nrun 'crosstown doctor' to see what answers",
        tone: "bad",
      },
    },
  );
}

function selling(): Model {
  const { look, daemon } = model();
  const jobs = (["processing", "paid", "success"] as const).map((status, n) =>
    lineOf(job({
      eventId: eventIdOf(`${"abc"[n]}000000`),
      role: "provider",
      status,
      createdAtMs: at(30 + n),
      updatedAtMs: at(20),
    }))
  );
  return after(
    model(),
    { is: "look", look: { ...look, jobs, earnedUnits: 1_250_000n }, events: [] },
    {
      is: "daemon",
      daemon: {
        ...daemon!,
        role: "node",
        skills: ["echo", "ci-run", "image-build"],
        pausedSince: "2026-02-17T11:00:00.000Z",
      },
    },
  );
}

/** By name. */
export const SCREENS: Readonly<Record<string, () => Model>> = {
  home: model,
  help: () => after(model(), ...keys("?")),
  job: opened,
  log: () => after(opened(), ...keys("pageup")),
  payments,
  failed_jobs: () => after(troubled(), ...keys("f", "f")),
  trouble: troubled,
  node: selling,
  cancel: () => after(model(), ...keys("c")),
  deposit: () => after(model(), ...keys("t")),
  no_daemon: () => after(model(), { is: "daemon", daemon: null }),
  empty: () => {
    const { look } = model();
    return after(model(), {
      is: "look",
      look: { ...look, jobs: [], channels: [], counts: {}, spentUnits: 0n },
      events: [],
    });
  },
};

/** A screen at a size, in Unicode and without colour, without spaces at the ends of lines. */
export function frameOf(screen: () => Model, columns: number, rows: number): string {
  const sized = after(screen(), { is: "size", columns, rows });
  const lines = view(sized, { colour: false, unicode: true });
  return lines.map((line) => `${line.trimEnd()}\n`).join("");
}

/** Where a frame is kept. */
export function fileOf(name: string, columns: number, rows: number): URL {
  return new URL(
    `../../../fixtures/frames/${name}.${columns}x${rows}.txt`,
    import.meta.url,
  );
}

if (import.meta.main) {
  for (const [name, screen] of Object.entries(SCREENS)) {
    for (const [columns, rows] of SIZES) {
      await Deno.writeTextFile(fileOf(name, columns, rows), frameOf(screen, columns, rows));
    }
  }
}
