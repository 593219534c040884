/** From a schedule that fails to a smaller one that fails too, by leaving things out one by one. */
import type { Schedule } from "./schedule.ts";
import { CALM } from "./weather.ts";

/** Ends when nothing more can be left out. `fails` runs a schedule in a new world. */
export async function shrink(
  schedule: Schedule,
  fails: (smaller: Schedule) => Promise<boolean>,
): Promise<Schedule> {
  for (const smaller of smallerThan(schedule)) {
    if (await fails(smaller)) return await shrink(smaller, fails);
  }
  return schedule;
}

function* smallerThan(schedule: Schedule): Generator<Schedule> {
  const { jobs, deaths, kill, leapMs, weather } = schedule;
  const without = <T>(list: readonly T[], at: number) => list.filter((_, index) => index !== at);
  for (const at of deaths.keys()) yield { ...schedule, deaths: without(deaths, at) };
  if (kill !== null) yield { ...schedule, kill: null };
  if (leapMs > 0) yield { ...schedule, leapMs: 0 };
  const { forMs, ...rates } = weather;
  if (Object.values(rates).some((rate) => rate > 0)) {
    yield { ...schedule, weather: { ...CALM, forMs } };
  }
  if (jobs.length > 1) {
    for (const at of jobs.keys()) yield { ...schedule, jobs: without(jobs, at) };
  }
}
