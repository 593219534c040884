/** `deno task crash`: schedules by seed; see docs/crash.md. */
import { parseArgs } from "node:util";
import { runSeeds } from "./run_seeds.ts";
import { modeOf, type Schedule, scheduleOf } from "./schedule.ts";
import { shrink } from "./shrink.ts";
import { World } from "./world.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "300" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
    worlds: { type: "string", default: "4" },
    shrink: { type: "boolean", default: false },
  },
});
const one = values.seed === undefined ? null : Number(values.seed);
const first = one ?? Number(values.from);
const count = one === null ? Number(values.seeds) : 1;
for (const [name, value] of Object.entries({ first, count, worlds: Number(values.worlds) })) {
  if (!Number.isSafeInteger(value) || value < 1) {
    console.error(`crash: ${name} must be a whole number above 0`);
    Deno.exit(2);
  }
}
/** Fewer schedules cannot be expected to meet every place. */
const MEET_ALL_FROM = 100;
const seeds = Array.from({ length: count }, (_, at) => first + at);
const summary = await runSeeds(seeds, {
  worlds: Number(values.worlds),
  meetAll: one === null && count >= MEET_ALL_FROM,
  say: console.log,
});
if (values.shrink) {
  for (const { seed } of summary.failed) await explain(seed);
}
Deno.exit(
  summary.failed.length === 0 && (count < MEET_ALL_FROM || summary.neverHit.length === 0) ? 0 : 1,
);

/** Prints the smallest part of the schedule that still fails; nothing if it does not fail in a world of its own. */
async function explain(seed: number): Promise<void> {
  const fails = async (schedule: Schedule): Promise<boolean> => {
    await using world = await World.make({ mode: modeOf(seed), seed });
    return await world.run(schedule).then(() => false, () => true);
  };
  const whole = scheduleOf(seed);
  if (!await fails(whole)) return console.log(`seed ${seed} does not fail in a world of its own`);
  console.log(JSON.stringify(await shrink(whole, fails), null, 2));
}
