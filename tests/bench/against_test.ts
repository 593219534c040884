import assert from "node:assert/strict";
import { isWorse, pairedFigures, pairedText, type ToldFigure } from "../../bench/against.ts";

const rate = (value: number): ToldFigure => ({ bench: "jobs", name: "paid", value, unit: "1/s" });
const time = (value: number): ToldFigure => ({ bench: "jobs", name: "p50", value, unit: "ms" });

Deno.test("pairedFigures() takes the median of the pairs' ratios: more in a second is better, and less time", () => {
  // The machine was twice as slow in the second pair: both sides were.
  const figures = pairedFigures([
    { before: [rate(100), time(10)], now: [rate(110), time(8)] },
    { before: [rate(50), time(20)], now: [rate(54), time(16)] },
    { before: [rate(100), time(10)], now: [rate(90), time(10)] },
  ]);
  assert.deepEqual(figures, [
    {
      bench: "jobs",
      name: "paid",
      unit: "1/s",
      before: 100,
      now: 90,
      ratio: 1.08,
      noise: 54 / 110,
    },
    { bench: "jobs", name: "p50", unit: "ms", before: 10, now: 10, ratio: 1.25, noise: 0.5 },
  ]);
});

Deno.test("pairedFigures() leaves out what one side does not have, and judges no unit that it does not know", () => {
  const share: ToldFigure = { bench: "jobs", name: "hits", value: 90, unit: "%" };
  const figures = pairedFigures([
    { before: [rate(1)], now: [share, time(1)] },
    { before: [share], now: [share, { ...share, name: "new" }] },
  ]);
  assert.deepEqual(figures.map(({ name, ratio }) => [name, ratio]), [["hits", null]]);
});

/** Pairs of runs with these rates. */
function paired(before: readonly number[], now: readonly number[]) {
  return pairedFigures(
    before.map((value, at) => ({ before: [rate(value)], now: [rate(now[at])] })),
  );
}

Deno.test("isWorse() is true below 0.95 where equal runs are nearer to each other, and for no single pair", () => {
  const steady = [100, 101, 100, 99, 100];
  for (
    const { name, before, now, worse } of [
      { name: "a quarter less", before: steady, now: [75, 76, 75, 74, 75], worse: true },
      { name: "six hundredths less", before: steady, now: [94, 94.9, 94, 93, 94], worse: true },
      { name: "less, but not by enough", before: steady, now: [96, 97, 96, 95, 96], worse: false },
      // The median of the ratios is 0.9, and each tree differs from itself by more.
      { name: "noise", before: [100, 80, 100, 80, 100], now: [90, 90, 72, 80, 90], worse: false },
      { name: "noise of one tree", before: steady, now: [90, 60, 90, 90, 90], worse: false },
      { name: "no change", before: steady, now: [99, 100, 101, 100, 99], worse: false },
      { name: "a single pair", before: [100], now: [10], worse: false },
      { name: "the same size each time", before: [9, 9, 9], now: [8, 8, 8], worse: true },
    ]
  ) assert.equal(isWorse(paired(before, now)[0]), worse, name);
});

Deno.test("pairedFigures() lowers the noise of a median with the number of runs", () => {
  // Every fifth run of each tree is a fifth slower. The machine was slow then, and not the tree.
  const runs = (count: number, value: number) =>
    Array.from({ length: count }, (_, at) => at % 5 === 4 ? value * 0.8 : value);
  const few = paired(runs(5, 100), runs(5, 92))[0];
  const many = paired(runs(29, 100), runs(29, 92))[0];
  assert.deepEqual([few.ratio, many.ratio], [0.92, 0.92]);
  assert.equal(few.noise, 0.8);
  assert.equal(many.noise, 1);
  assert.deepEqual([few, many].map(isWorse), [false, true]);
});

Deno.test("pairedText() marks what is worse, and what more runs would show", () => {
  const named = (name: string, figures: ReturnType<typeof paired>) =>
    figures.map((figure) => ({ ...figure, name }));
  const text = pairedText({
    revision: "f".repeat(40),
    runs: 3,
    figures: [
      ...named("slower", paired([100, 100, 100], [90, 90, 90])),
      ...named("loud", paired([100, 50, 100], [90, 45, 90])),
      ...named("same", paired([100, 100, 100], [100, 100, 100])),
    ],
    failed: ["relay"],
  });
  assert.match(text, /slower +100\.0 1\/s +90\.0 1\/s +0\.900x +1\.00x +worse/);
  assert.match(text, /loud +100\.0 1\/s +90\.0 1\/s +0\.900x +0\.500x +unclear: more runs/);
  assert.match(text, /same +100\.0 1\/s +100\.0 1\/s +1\.00x +1\.00x *$/m);
  assert.match(text, /failed: relay$/);
});
