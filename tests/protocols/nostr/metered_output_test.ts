import assert from "node:assert/strict";
import {
  begunByOutput,
  incrementText,
  incrementWords,
  isOwedByOutput,
  mostOf,
  parseIncrement,
  sendsUntilBytes,
} from "../../../protocols/nostr/metered.ts";
import {
  type OutputCame,
  type OutputFault,
  outputJob,
  type OutputRule,
} from "./metered_output_sim.ts";

const SEEDS = 400;

function jobs(rule: OutputRule, fault: OutputFault): OutputCame[] {
  return Array.from({ length: SEEDS }, (_, at) => outputJob(at + 1, rule, fault));
}

Deno.test("an increment is one word of a tag, and a longer or other word is none", () => {
  for (
    const [increment, text, words] of [
      [{ unit: "second", size: 15 }, "15", "15 s"],
      [{ unit: "second", size: 86_400 }, "86400", "86400 s"],
      [{ unit: "kib", size: 1 }, "1KiB", "1 KiB"],
      [{ unit: "kib", size: 256 }, "256KiB", "256 KiB"],
    ] as const
  ) {
    assert.equal(incrementText(increment), text);
    assert.equal(incrementWords(increment), words);
    assert.deepEqual(parseIncrement(text), increment);
  }
  const bad = ["", "0", "0KiB", "257KiB", "86401", "015", "1kib", "1 KiB", "-1", "1.5", "1KiBs"];
  for (const text of [undefined, ...bad]) assert.equal(parseIncrement(text), null, `${text}`);
});

Deno.test("output begins an increment with its first byte, and is sent for one increment more than was paid", () => {
  assert.deepEqual([0, 1, 1_024, 1_025, 4_096].map((bytes) => begunByOutput(bytes, 1)), [
    ...[1, 1, 1, 2, 4],
  ]);
  assert.deepEqual([2_048, 2_049].map((bytes) => isOwedByOutput(bytes, 1, 2)), [false, true]);
  assert.equal(sendsUntilBytes(1, 2), 4_096);
  assert.deepEqual([1, 3, 256].map((size) => mostOf({ unit: "kib", size }, 0)), [1_024, 342, 4]);
  assert.deepEqual([-1, 0, 31].map((leftS) => mostOf({ unit: "second", size: 15 }, leftS)), [
    ...[1, 1, 3],
  ]);
});

Deno.test("a job paid by output: neither side risks more than one increment, whoever is silent, lies, stops paying or dies", () => {
  const faults = [
    ...["none", "pausing_buyer", "silent_provider", "claiming_provider", "unpaying_buyer"] as const,
    "deaths" as const,
  ];
  for (const fault of faults) {
    for (const [at, came] of jobs("product", fault).entries()) {
      const { buyerRisk, providerRisk, printedAhead, paid, owed } = came;
      assert.ok(buyerRisk <= 1, `${fault} ${at + 1}: the buyer risks ${buyerRisk}`);
      assert.ok(providerRisk <= 1, `${fault} ${at + 1}: the provider risks ${providerRisk}`);
      // Half an increment is what the process still prints after it was stopped.
      assert.ok(printedAhead <= 1.5, `${fault} ${at + 1}: printed ${printedAhead} ahead`);
      assert.ok(paid <= owed, `${fault} ${at + 1}: paid ${paid} for output of ${owed}`);
    }
  }
  for (const fault of ["none", "pausing_buyer", "deaths"] as const) {
    assert.ok(jobs("product", fault).every(({ end }) => end === "result"), fault);
  }
});

Deno.test("a job paid by output: the rules that were tried before lose more, or stop honest jobs", () => {
  const some = (rule: OutputRule, fault: OutputFault, lost: (came: OutputCame) => boolean) =>
    assert.ok(jobs(rule, fault).some(lost), `${rule} with ${fault}`);
  some("by_word", "claiming_provider", ({ paid, owed }) => paid - owed > 10);
  some("no_limit", "unpaying_buyer", ({ providerRisk }) => providerRisk > 1.4);
  some("result_first", "none", ({ providerRisk }) => providerRisk > 1.2);
  some("no_standstill", "none", ({ printedAhead }) => printedAhead > 10);
  some("own_count", "deaths", ({ paid, owed }) => paid - owed > 5);
  assert.ok(jobs("no_credit", "none").filter(({ end }) => end === "unpaid").length > SEEDS / 2);
});
