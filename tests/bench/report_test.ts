import assert from "node:assert/strict";
import { benchesOf, medians } from "../../bench/figures.ts";
import { type Goal, GOALS, verdicts } from "../../bench/goals.ts";
import {
  jsonText,
  markdownText,
  type Report,
  withFigures,
  withReport,
} from "../../bench/report.ts";

const fast = {
  bench: "b",
  name: "fast, toon, 9 bytes",
  value: 2,
  unit: "ms",
  compare: { name: "other", value: 6 },
  ratio: 3,
};
const report: Report = {
  results: [fast, { bench: "b", name: "lonely", value: 5, unit: "1/s" }],
  failed: ["c"],
  runs: 3,
  startedAt: new Date(0),
  elapsedS: 12.4,
};

Deno.test("jsonText() is one document with the machine, the time, every figure, and what failed", () => {
  const document = JSON.parse(jsonText(report));
  assert.deepEqual(document.results[0], fast);
  assert.deepEqual(document.failed, ["c"]);
  assert.equal(document.elapsed_s, 12);
  assert.equal(document.machine.cores > 0, true);
});

const goal: Goal = { what: "w", bench: "b", figure: "fast, toon", of: "value" };
for (
  const { name, wanted, seen } of [
    { name: "a value below its bound is reached", wanted: { ...goal, atMost: 2 }, seen: "reached" },
    { name: "a value above it is missed", wanted: { ...goal, atMost: 1.9 }, seen: "missed" },
    { name: "a ratio", wanted: { ...goal, of: "ratio", atLeast: 3 }, seen: "reached" },
    { name: "a bench that did not run", wanted: { ...goal, bench: "x" }, seen: "not measured" },
    {
      name: "a bench that ran without such a figure",
      wanted: { ...goal, figure: "slow, toon" },
      seen: "no such figure",
    },
    {
      name: "a figure without another side has no ratio",
      wanted: { ...goal, figure: "lonely", of: "ratio", atLeast: 0 },
      seen: "no such figure",
    },
  ] as const
) {
  Deno.test(`verdicts(): ${name}`, () => {
    const [{ reached, lacks }] = verdicts(report.results, [wanted]);
    assert.equal(lacks ?? (reached ? "reached" : "missed"), seen);
    const row = markdownText(report, verdicts(report.results, [wanted])).split("\n")[4];
    assert.ok(row.includes(`| ${seen} `), row);
  });
}

Deno.test("each goal names an existing bench", async () => {
  for (const { bench } of GOALS) {
    await Deno.stat(new URL(`../../bench/${bench}.ts`, import.meta.url));
  }
});

Deno.test("withReport() writes the table of a bench between its own marks, and the others into the common table", () => {
  const own = "<!-- figures of b: by hand -->\nold\n<!-- end of figures of b -->\n";
  const all =
    "<!-- figures: written by deno task bench --into -->\nkept\n<!-- end of figures -->\n";
  const alone = withReport(`${all}\n${own}`, report);
  assert.match(alone, /kept/);
  assert.doesNotMatch(alone, /old/);
  assert.match(alone, /\| lonely +\| 5\.00 1\/s +\|/);
  assert.equal(withReport(alone, report), alone);
  const results = [...report.results, { ...fast, bench: "c" }];
  const both = withReport(alone, { ...report, results });
  assert.doesNotMatch(both, /kept/);
  assert.match(both, /\| c +\| fast, toon/);
  assert.doesNotMatch(both, /\| b +\| fast, toon/);
});

Deno.test("withFigures() replaces the text between the marks, gives the same the second time, and refuses a document without marks", () => {
  const empty = withFigures(
    "# P\n\n<!-- figures: written by deno task bench --into -->\nold\n<!-- end of figures -->\n\nafter\n",
    "",
  );
  assert.ok(!empty.includes("old"));
  const once = withFigures(empty, markdownText(report));
  assert.equal(withFigures(once, markdownText(report)), once);
  assert.match(once, /\| lonely/);
  assert.match(once, /after\n$/);
  assert.throws(() => withFigures("# P\n", ""), RangeError);
});

Deno.test("medians() takes the middle of each side and of the ratio", () => {
  const run = (value: number, other: number) => [{
    name: "n",
    value,
    unit: "ms",
    compare: { name: "o", value: other },
    ratio: other / value,
  }];
  assert.deepEqual(medians([run(1, 10), run(3, 9), run(2, 40)]), [
    { name: "n", value: 2, unit: "ms", compare: { name: "o", value: 10 }, ratio: 10 },
  ]);
});

Deno.test("benchesOf() takes a function, a bench or a list, and refuses a module without", () => {
  const run = () => [];
  assert.deepEqual(benchesOf({ benches: { run, maxRuns: 1 } }, "f"), [
    { name: "f", run, maxRuns: 1 },
  ]);
  assert.equal(benchesOf({ benches: run }, "f")[0].name, "f");
  assert.equal(benchesOf({ benches: [{ name: "a", run }, { run }] }, "f").length, 2);
  assert.throws(() => benchesOf({}, "f"), TypeError);
});
