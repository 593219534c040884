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
    { bench: "jobs", name: "paid", unit: "1/s", before: 100, now: 90, ratio: 1.08 },
    { bench: "jobs", name: "p50", unit: "ms", before: 10, now: 10, ratio: 1.25 },
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

Deno.test("isWorse() is true below 0.95, and pairedText() marks it", () => {
  const of = (now: number) => pairedFigures([{ before: [rate(100)], now: [rate(now)] }]);
  assert.equal(isWorse(of(95)[0]), false);
  assert.equal(isWorse(of(94.9)[0]), true);
  const text = pairedText({
    revision: "f".repeat(40),
    runs: 1,
    figures: of(90),
    failed: ["relay"],
  });
  assert.match(text, /paid +100\.0 1\/s +90\.0 1\/s +0\.900x +worse/);
  assert.match(text, /failed: relay$/);
});
