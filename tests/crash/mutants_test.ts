import assert from "node:assert/strict";
import { isLong } from "../long.ts";
import { MUTANTS } from "./mutants.ts";
import { assertPlaced, copiedProgram, patched } from "./patched_program.ts";
import { scheduleOf } from "./schedule.ts";
import { CALM } from "./weather.ts";
import { World } from "./world.ts";

/** A mutant that lives through so many is not noticed. */
const SCHEDULES = 12;
/** `deno task long` runs all of them; every other run a third. */
const CHOSEN = MUTANTS.filter((_, at) => isLong || at % 3 === 2);

let tree = "";
Deno.test.beforeAll(async () => {
  tree = await copiedProgram();
});
Deno.test.afterAll(async () => await Deno.remove(tree, { recursive: true }));

Deno.test("each mutant changes a place that the program has once", () => {
  for (const { patches } of MUTANTS) assertPlaced(patches);
});

for (const mutant of CHOSEN) {
  Deno.test(`the harness notices that ${mutant.name}`, async () => {
    const { patches, shownBy, leaps = false, mode, jobs = "plain", kill = null, downMs = 0 } =
      mutant;
    await using _patches = await patched(tree, patches);
    await using world = await World.make({ tree, mode });
    const still = { ...CALM, forMs: 1_000 };
    const calm = { ...scheduleOf(1), deaths: [], kill: null, leapMs: 0, weather: still };
    // Without a death, unless a slow machine hides the fault by chance.
    const shown = { ...calm, jobs: [{ kind: jobs, twice: false, afterMs: 0 }] };
    // It does its work as long as nothing dies.
    if (!mutant.shownAtOnce) await world.run(calm);
    for (let at = 0; at < SCHEDULES; at++) {
      const schedule = mutant.shownAtOnce ? shown : {
        ...scheduleOf(at + 1),
        jobs: [1, 2, 3].map(() => ({ kind: jobs, twice: false, afterMs: 0 })),
        deaths: [{ ...shownBy[at % shownBy.length], nth: 1 + at % 3, downMs }],
        kill,
        leapMs: leaps ? 45_000 : 0,
        weather: { ...still, ...mutant.weather },
      };
      const lives = await world.run(schedule).then(() => null, (error: Error) => error);
      if (lives === null) continue;
      assert.ok(lives instanceof assert.AssertionError, `not a broken rule: ${lives.message}`);
      return;
    }
    assert.fail(`it lived through ${SCHEDULES} schedules`);
  });
}
