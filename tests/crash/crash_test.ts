import assert from "node:assert/strict";
import { PLACES } from "../../base/crash_point.ts";
import { runSeeds } from "./run_seeds.ts";
import { LIVES, modeOf } from "./schedule.ts";

const ROOT = new URL("../../", import.meta.url);
/**
 * The first two of each life, a life of each mode; of those with two connectors the first four, since the nearer one has to die too.
 * `deno task crash --seeds 300` runs more, and whole lives.
 */
const ofALife = (seed: number) => ["hops", "pair"].includes(modeOf(seed)) ? 4 : 2;
const SEEDS = Array.from({ length: 7 * LIVES }, (_, at) => 1 + at)
  .filter((seed) => (seed - 1) % LIVES < ofALife(seed));
const SCHEDULES = SEEDS.length;

Deno.test(`buyer, connector and provider lose nothing and pay nothing twice in ${SCHEDULES} schedules of kill -9`, async () => {
  const said: string[] = [];
  const summary = await runSeeds(SEEDS, {
    worlds: 4,
    meetAll: true,
    say: (line) => void said.push(line),
  });
  assert.deepEqual(summary.failed, [], said.join("\n"));
  assert.deepEqual(summary.neverHit, [], "places at which nothing died");
  // The schedules must have been worth running.
  assert.ok(summary.kills > SCHEDULES, `${summary.kills} kills`);
  assert.ok(summary.nearKills >= 4, `${summary.nearKills} kills of the second connector`);
});

Deno.test("every place that is declared stands in the program", async () => {
  const told = new Set<string>();
  const rooms = [
    "blobs",
    "store",
    "money",
    "peers",
    "skills",
    "market",
    "stages",
    "trail",
    "runtime",
  ];
  for (const folder of [...rooms, "home", "network"]) {
    for await (const file of filesIn(new URL(`${folder}/`, ROOT))) {
      const text = await Deno.readTextFile(file);
      for (const [, name] of text.matchAll(/\breached\("([^"]+)"\)/g)) told.add(name);
    }
  }
  assert.deepEqual([...told].sort(), [...PLACES].sort());
});

async function* filesIn(folder: URL): AsyncGenerator<URL> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* filesIn(new URL(`${name}/`, folder));
    else if (name.endsWith(".ts")) yield new URL(name, folder);
  }
}
