/** Runs schedules in several worlds at once and reports the places at which a process died. */
import { CRASH_POINTS, type CrashPoint } from "../../base/crash_point.ts";
import { bundled } from "./bundled.ts";
import {
  type JobKind,
  kindMeeting,
  LIVES,
  type Mode,
  modeOf,
  OF_AUDIT,
  OF_WRITE_OFF,
  type PlannedDeath,
  scheduleOf,
} from "./schedule.ts";
import { WHO } from "./who_reaches.ts";
import { type Report, World } from "./world.ts";

export interface Summary {
  readonly schedules: number;
  readonly jobs: number;
  readonly kills: number;
  /** Of them those of the second connector. */
  readonly nearKills: number;
  readonly unsyncedWrites: number;
  readonly failed: readonly { readonly seed: number; readonly error: Error }[];
  readonly hits: ReadonlyMap<CrashPoint, number>;
  readonly neverHit: readonly CrashPoint[];
}

export interface RunOptions {
  /** Worlds at once. */
  readonly worlds: number;
  readonly say?: (line: string) => void;
  /** The program that is run. */
  readonly tree?: string;
  /** Then continues with the places at which no process died, until one did or the place was tried often enough. */
  readonly meetAll?: boolean;
  /** Ends at the first failure. */
  readonly bail?: boolean;
}

/** Each world runs up to ten schedules, those of its seeds, and ends when one fails. */
export async function runSeeds(seeds: readonly number[], options: RunOptions): Promise<Summary> {
  const { say = () => {} } = options;
  await using programs = await bundled(options.tree);
  const scripts = programs.folder;
  const lives = [...Map.groupBy(seeds, (seed) => Math.floor((seed - 1) / LIVES)).values()];
  const reports: Report[] = [];
  const failed: { readonly seed: number; readonly error: Error }[] = [];
  const live = async (life: readonly number[]): Promise<void> => {
    const [seed] = life;
    await using world = await World.make({
      tree: options.tree,
      scripts,
      mode: modeOf(seed),
      seed,
    });
    for (const seed of life) {
      if (options.bail && failed.length > 0) return;
      try {
        reports.push(await world.run(scheduleOf(seed)));
      } catch (error) {
        failed.push({ seed, error: error as Error });
        say(
          `seed ${seed}, in a life of ${life[0]} to ${life.at(-1)} (${modeOf(seed)}): ${
            (error as Error).message
          }`,
        );
        return;
      }
    }
  };
  await atOnce(options.worlds, lives, live);
  if (options.meetAll && failed.length === 0) {
    const ofModes = Map.groupBy(summaryOf(reports, failed).neverHit, modeOfPlace);
    await atOnce(options.worlds, [...ofModes], async ([mode, points]) => {
      reports.push(...await meet(points, mode, { ...options, scripts }));
    });
  }
  const summary = summaryOf(reports, failed);
  print(summary, say);
  return summary;
}

async function atOnce<T>(
  count: number,
  all: readonly T[],
  each: (one: T) => Promise<void>,
): Promise<void> {
  const left = [...all];
  await Promise.all(Array.from({ length: Math.min(count, left.length) }, async () => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await each(one);
  }));
}

/** The world in which processes reach a place. */
function modeOfPlace(point: CrashPoint): Mode {
  if (OF_AUDIT.some((target) => target.point === point)) return "audited";
  return OF_WRITE_OFF.some((target) => target.point === point) ? "collusion" : "plain";
}

/** Runs schedules until a process died at each of these places, or the place was tried often enough. */
async function meet(
  points: readonly CrashPoint[],
  mode: Mode,
  { tree, scripts }: RunOptions & { readonly scripts: string | null },
): Promise<readonly Report[]> {
  const reports: Report[] = [];
  const tries = new Map(points.map((point) => [point, 0]));
  while (tries.size > 0) {
    await using world = await World.make({ tree, scripts, mode });
    for (let lived = 0; lived < LIVES && tries.size > 0; lived++) {
      const deaths = deathsAt(tries);
      const report = await world.run({
        ...scheduleOf(reports.length + 1),
        jobs: kindsFor(deaths, tries).map((kind) => ({ kind, twice: false, afterMs: 0 })),
        deaths,
        kill: null,
        leapMs: 0,
      });
      reports.push(report);
      for (const { point } of report.died) if (point !== null) tries.delete(point);
      // Only the first place of a process was deadly; it is the first again in the next schedule.
      const { spared } = report;
      const armed = spared.filter(({ role }, at) =>
        spared.findIndex((other) => other.role === role) === at
      );
      for (const { point } of armed) {
        const tried = (tries.get(point) ?? 0) + 1;
        if (tried === TRIES) tries.delete(point);
        else if (tries.has(point)) tries.set(point, tried);
      }
    }
  }
  return reports;
}

/** Of each process the first places that are left; a place that was not reached is tried with its next process. */
function deathsAt(tries: ReadonlyMap<CrashPoint, number>): PlannedDeath[] {
  const deaths: PlannedDeath[] = [];
  for (const [point, tried] of tries) {
    const role = WHO[point][tried % WHO[point].length];
    if (deaths.filter((death) => death.role === role).length === DEATHS_OF_A_PROCESS) continue;
    deaths.push({ role, point, nth: 1, downMs: 0 });
  }
  return deaths;
}

/** The jobs that meet these places; of every kind where one was tried in vain. */
function kindsFor(
  deaths: readonly PlannedDeath[],
  tries: ReadonlyMap<CrashPoint, number>,
): readonly JobKind[] {
  if (deaths.some(({ point }) => (tries.get(point) ?? 0) > 0)) return KINDS_MET;
  return [...new Set<JobKind>(["plain", ...deaths.map(kindMeeting)])];
}

const KINDS_MET = [
  ...[
    "plain",
    "sealed",
    "metered",
    "printed",
    "cheap",
    "astray",
    "compared",
    "passed",
    "silent",
    "quoted",
    "large",
  ] as const,
];
const TRIES = 6;
/** Not three: a provider gives a job up that was started three times. */
const DEATHS_OF_A_PROCESS = 2;

function summaryOf(reports: readonly Report[], failed: Summary["failed"]): Summary {
  const hits = new Map<CrashPoint, number>(
    CRASH_POINTS.filter((point) => WHO[point].length > 0).map((point) => [point, 0]),
  );
  const died = reports.flatMap((report) => report.died);
  for (const { point } of died) if (point !== null) hits.set(point, (hits.get(point) ?? 0) + 1);
  return {
    schedules: reports.length,
    jobs: reports.reduce((sum, { jobs }) => sum + jobs, 0),
    kills: died.length,
    nearKills: died.filter(({ role }) => role === "near").length,
    unsyncedWrites: reports.reduce((sum, report) => sum + report.unsyncedWrites, 0),
    failed,
    hits,
    neverHit: [...hits].flatMap(([point, count]) => count === 0 ? [point] : []),
  };
}

function print(
  { schedules, jobs, kills, unsyncedWrites, failed, hits, neverHit }: Summary,
  say: (line: string) => void,
) {
  for (const [point, count] of hits) say(`${String(count).padStart(6)}  ${point}`);
  for (const point of neverHit) say(`nothing died at ${point}`);
  say(
    failed.length === 0
      ? `${schedules} schedules, 0 lost, 0 paid twice (${jobs} jobs, ${kills} kills, ${unsyncedWrites} unsynced writes taken back)`
      : `${failed.length} of ${schedules + failed.length} schedules failed: seeds ${
        failed.map(({ seed }) => seed).join(", ")
      }`,
  );
}
