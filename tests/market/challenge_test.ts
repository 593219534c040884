/** With which probability a job is done twice. */
import assert from "node:assert/strict";
import { isChallenged, parseChance } from "../../market/challenge.ts";

Deno.test("parseChance() takes a probability with at most six decimals, and nothing else", () => {
  for (
    const [text, chance] of [
      ["0", 0],
      ["0.05", 0.05],
      ["0.000001", 0.000001],
      ["1", 1],
      ["1.0", 1],
    ] as const
  ) assert.equal(parseChance(text), chance);
  for (
    const text of [
      "",
      "1.1",
      "1.000001",
      "2",
      "-0.5",
      ".5",
      "0.",
      "0.0000001",
      "5%",
      "1e-3",
      "NaN",
      " 0.1",
      "0.1\n",
      "\u0661",
    ]
  ) assert.throws(() => parseChance(text), { code: "bad_job" }, JSON.stringify(text));
});

Deno.test("isChallenged() holds for the share of the numbers that is below the probability: none at 0, all at 1", () => {
  const count = 1_000;
  const share = (chance: number) =>
    Array.from({ length: count }, (_, at) => at / count)
      .filter((number) => isChallenged(chance, () => number)).length;
  assert.deepEqual([0, 0.001, 0.05, 0.5, 1].map(share), [0, 1, 50, 500, 1_000]);
});
