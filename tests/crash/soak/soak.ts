/**
 * Trades for a long time while connector, relay and provider are killed every minute: the memory, descriptors and files
 * of the processes must not grow over time. The buyer is never killed.
 */
import { bundled } from "../bundled.ts";
import { type Role } from "../plan.ts";
import type { Schedule } from "../schedule.ts";
import { CALM } from "../weather.ts";
import { World } from "../world.ts";
import { type Usage, usageOf } from "./usage.ts";

/** All processes when everything was at rest. */
export interface Sample {
  readonly minute: number;
  /** Jobs that were done until then. */
  readonly jobs: number;
  readonly usage: Readonly<Record<"buyer" | "provider" | "hub", Usage>>;
}

/** How long to trade, and the function that gets reports. */
interface SoakOptions {
  readonly minutes: number;
  /** The shortest duration of a round, in which one process is killed; by default 15. */
  readonly roundS?: number;
  readonly say?: (line: string) => void;
}

/** What it came to. */
interface Soaked {
  readonly samples: readonly Sample[];
  readonly jobs: number;
  readonly kills: number;
}

const ROLES = ["buyer", "provider", "hub"] as const;
/** One of the two is killed in each round: each of them twice a minute. */
const ROUND_S = 15;
const KILLED: readonly Role[] = ["hub", "provider"];
/** The channels pay for so many in all. */
const MOST_JOBS = 4_000;
const MOST_A_ROUND = 20;

/** Runs the soak. Throws if a job is lost, paid twice, or never ends. */
export async function soak(
  { minutes, roundS = ROUND_S, say = () => {} }: SoakOptions,
): Promise<Soaked> {
  await using programs = await bundled();
  await using world = await World.make({ mode: "audited", scripts: programs.folder });
  const rounds = Math.max(2, Math.ceil(minutes * 60 / roundS));
  const each = Math.min(MOST_A_ROUND, Math.floor(MOST_JOBS / rounds));
  const samples: Sample[] = [];
  let [jobs, kills] = [0, 0];
  const startedAt = performance.now();
  for (let round = 0; round < rounds; round++) {
    const roundAt = performance.now();
    const report = await world.run(roundOf(round, each, roundS));
    jobs += report.jobs;
    kills += report.died.length;
    const usage = Object.fromEntries(
      await Promise.all(ROLES.map(async (role) => {
        const { pid, folder } = await world.process(role);
        return [role, await usageOf(pid, folder)] as const;
      })),
    ) as Sample["usage"];
    const minute = (performance.now() - startedAt) / 60_000;
    samples.push({ minute, jobs, usage });
    say(lineOf(samples.at(-1)!, kills));
    const leftMs = roundAt + roundS * 1_000 - performance.now();
    if (leftMs > 0 && round < rounds - 1) {
      await new Promise((resolve) => setTimeout(resolve, leftMs));
    }
  }
  return { samples, jobs, kills };
}

function roundOf(round: number, jobs: number, roundS: number): Schedule {
  const spreadMs = roundS * 600;
  return {
    seed: 1 + round,
    jobs: Array.from({ length: jobs }, (_, at) => ({
      kind: "plain",
      twice: false,
      afterMs: Math.floor(at * spreadMs / jobs),
    })),
    deaths: [],
    kill: { role: KILLED[round % KILLED.length], afterMs: spreadMs / 2 },
    leapMs: 0,
    weather: { ...CALM, forMs: 0 },
  };
}

function lineOf({ minute, jobs, usage }: Sample, kills: number): string {
  const parts = ROLES.map((role) => {
    const { memoryBytes, descriptors, files, diskBytes } = usage[role];
    return `${role} ${mib(memoryBytes)} MiB, ${descriptors} descriptors, ${files} files, ${
      mib(diskBytes)
    } MiB on disk`;
  });
  return `minute ${minute.toFixed(1)}: ${jobs} jobs, ${kills} kills; ${parts.join("; ")}`;
}

function mib(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
