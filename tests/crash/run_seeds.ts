/** Runs schedules in several worlds at once and reports the places at which a process died. */
import { CRASH_POINTS, type CrashPoint } from "../../base/crash_point.ts";
import { LIVES, modeOf, OF_AUDIT, OF_WRITE_OFF, scheduleOf, WHO } from "./schedule.ts";
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
  const lives = [...Map.groupBy(seeds, (seed) => Math.floor((seed - 1) / LIVES)).values()];
  const reports: Report[] = [];
  const failed: { readonly seed: number; readonly error: Error }[] = [];
  const live = async (life: readonly number[]): Promise<void> => {
    const [seed] = life;
    await using world = await World.make({ tree: options.tree, mode: modeOf(seed), seed });
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
  await Promise.all(Array.from({ length: Math.min(options.worlds, lives.length) }, async () => {
    for (let life = lives.shift(); life !== undefined; life = lives.shift()) await live(life);
  }));
  if (options.meetAll && failed.length === 0) {
    for (const point of summaryOf(reports, failed).neverHit) {
      reports.push(...await meet(point, options));
    }
  }
  const summary = summaryOf(reports, failed);
  print(summary, say);
  return summary;
}

/** Runs schedules in which a process dies at this place, if it reaches the place. */
async function meet(point: CrashPoint, { tree }: RunOptions): Promise<readonly Report[]> {
  const mode = OF_AUDIT.some((target) => target.point === point)
    ? "audited"
    : OF_WRITE_OFF.some((target) => target.point === point)
    ? "collusion"
    : "plain";
  await using world = await World.make({ tree, mode });
  const kinds = ["plain", "sealed", "metered", "cheap", "astray", "compared", "large"] as const;
  const reports: Report[] = [];
  for (let at = 0; at < TRIES; at++) {
    const role = WHO[point][at % WHO[point].length];
    const report = await world.run({
      ...scheduleOf(at + 1),
      jobs: kinds.map((kind) => ({ kind, twice: false, afterMs: 0 })),
      deaths: [{ role, point, nth: 1, downMs: 0 }],
      kill: null,
      leapMs: 0,
    });
    reports.push(report);
    if (report.died.some((death) => death.point === point)) break;
  }
  return reports;
}

const TRIES = 6;

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
