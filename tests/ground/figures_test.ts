import assert from "node:assert/strict";
import { benchesOf, median, medians } from "../../bench/figures.ts";

Deno.test("medians() takes the middle of each side and of the ratio, by name", () => {
  const run = (value: number, other: number) => [
    { name: "a", value, unit: "us", compare: { name: "b", value: other }, ratio: other / value },
    { name: "alone", value: value * 2, unit: "ms" },
  ];
  assert.deepEqual(medians([run(1, 100), run(3, 150), run(2, 400)]), [
    { name: "a", value: 2, unit: "us", compare: { name: "b", value: 150 }, ratio: 100 },
    { name: "alone", value: 4, unit: "ms", compare: null, ratio: null },
  ]);
});

Deno.test("median() of an even number is the lower middle one", () => {
  assert.equal(median([4, 1, 3, 2]), 2);
  assert.equal(median([7]), 7);
});

Deno.test("benchesOf() takes a function, a bench, or a list, and nothing else", async () => {
  const run = () => [];
  assert.equal(benchesOf({ benches: run }, "x")[0].name, "x");
  assert.equal(benchesOf({ benches: { name: "y", run } }, "x")[0].name, "y");
  assert.equal(benchesOf({ benches: [{ name: "y", run }, { run }] }, "x")[1].name, "x");
  assert.deepEqual(await benchesOf({ benches: { run } }, "x")[0].run(), []);
  for (const module of [{}, { benches: null }, { benches: [{}] }, { benches: 3 }]) {
    assert.throws(() => benchesOf(module, "x"), TypeError);
  }
});
