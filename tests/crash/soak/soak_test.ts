import assert from "node:assert/strict";
import { isLong } from "../../long.ts";
import { growthOf } from "./growth.ts";
import { type Sample, soak } from "./soak.ts";
import type { Usage } from "./usage.ts";

/** As many rounds, jobs and kills as in two minutes of `deno task long`, with shorter pauses. */
const SOAK = isLong ? { minutes: 2 } : { minutes: 0.8, roundS: 6 };

Deno.test("eight rounds of trade under kill -9 lose nothing, and no resource grows", async () => {
  const { samples, jobs, kills } = await soak(SOAK);
  assert.ok(jobs >= 100, `${jobs} jobs`);
  assert.ok(samples.length >= 6, "there is something to compare");
  assert.equal(kills, samples.length);
  assert.deepEqual(growthOf(samples), []);
});

Deno.test("growthOf() reports what grows, and not what goes up and down", () => {
  const usage: Usage = { memoryBytes: 100 << 20, descriptors: 40, files: 90, diskBytes: 1 << 20 };
  const run = (of: (at: number) => Partial<Usage>): Sample[] =>
    Array.from({ length: 12 }, (_, at) => ({
      minute: at,
      jobs: at,
      usage: { buyer: { ...usage, ...of(at) }, provider: usage, hub: usage },
    }));
  assert.deepEqual(growthOf(run((at) => ({ diskBytes: at << 20 }))), []);
  assert.deepEqual(growthOf(run((at) => ({ memoryBytes: (100 + 60 * (at % 2)) << 20 }))), []);
  const told = (of: (at: number) => Partial<Usage>) => growthOf(run(of)).join();
  assert.match(told((at) => ({ memoryBytes: (100 + 10 * at) << 20 })), /^buyer: memory grew/);
  assert.match(told((at) => ({ descriptors: 40 + 2 * at })), /^buyer: open descriptors grew/);
  assert.match(told((at) => ({ files: 90 + 90 * at })), /^buyer: files grew/);
  assert.deepEqual(growthOf(run((at) => ({ descriptors: 40 + at })).slice(0, 2)), []);
});
