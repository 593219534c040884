import assert from "node:assert/strict";
import { fittedTable, folded } from "../../shell/fitted_text.ts";

const ROWS = [
  ["KEY", "PRICE", "QUEUE", "NOTE"],
  ["aaaa", "0.10 M2M", "-", "serving"],
  ["bbbb", "0.20 M2M", "-", "away for a while"],
];

Deno.test("fittedTable() changes nothing that fits, or that no terminal shows", () => {
  const whole = fittedTable(ROWS, Infinity, ["QUEUE", "NOTE"]);
  assert.equal(whole.split("\n").length, 3);
  const width = Math.max(...whole.split("\n").map((line) => line.length));
  assert.equal(fittedTable(ROWS, width, ["QUEUE", "NOTE"]), whole);
  assert.notEqual(fittedTable(ROWS, width - 1, ["QUEUE", "NOTE"]), whole);
});

Deno.test("fittedTable() leaves out what is empty first, then the others in order, and says so", () => {
  assert.match(
    fittedTable(ROWS, 34, ["NOTE", "QUEUE"]),
    /NOTE\n.*\n.*while\n\(too narrow for QUEUE: /,
  );
  assert.equal(
    fittedTable(ROWS, 15, ["NOTE", "QUEUE"]),
    "KEY   PRICE\naaaa  0.10 M2M\nbbbb  0.20 M2M\n(too narrow for QUEUE, NOTE: --output csv has all)",
  );
  // The line about them fits as well.
  const heads = ["KEY", "MACHINE", "SANDBOX", "PLATFORM"];
  const narrow = fittedTable([heads, ["aaaa", ..."xyz"]], 21, heads.slice(1));
  assert.deepEqual(narrow.split("\n").slice(2), [
    "(too narrow for",
    "MACHINE, SANDBOX:",
    "--output csv has all)",
  ]);
  // A column that must stay stays, also where it does not fit.
  assert.match(fittedTable(ROWS, 1, ["NOTE", "QUEUE"]), /^KEY {3}PRICE\n/);
});

Deno.test("folded() breaks between words, beside what is on the left", () => {
  assert.equal(folded("one two three", 80, 10), "one two three");
  const text = folded("the quick brown fox jumps over the lazy dog", 34, 4);
  assert.equal(text, "the quick brown fox jumps over\n    the lazy dog");
  for (const line of text.split("\n")) assert.ok(line.length <= 34);
  // A word that is longer than a line stays whole, so that it can be copied.
  const address = `0x${"a".repeat(40)}`;
  assert.equal(folded(`at ${address} now`, 34, 4), `at\n    ${address}\n    now`);
  assert.equal(
    folded("many words here", 12, 10),
    "many words here",
    "there is no room to break it",
  );
  assert.equal(folded("many words here", Infinity, 10), "many words here");
});
