import assert from "node:assert/strict";
import { countTests } from "../../skills/builtin/ci_run/test_counts.ts";

const CASES = [
  {
    name: "deno",
    log: "running 4 tests from ./a_test.ts\na ... ok (1ms)\n\nok | 4 passed | 0 failed (12ms)\n",
    expected: [4, 0],
  },
  {
    name: "deno with colours, steps and ignored",
    log:
      "\u001b[0m\u001b[31mFAILED\u001b[0m | 3 passed (2 steps) | 1 failed | 1 ignored \u001b[0m(5ms)\u001b[0m\n",
    expected: [3, 1],
  },
  {
    name: "node, spec reporter",
    log:
      "✔ a (0.5ms)\n✖ b (0.3ms)\nℹ tests 3\nℹ suites 0\nℹ pass 2\nℹ fail 1\nℹ cancelled 0\nℹ skipped 0\n",
    expected: [2, 1],
  },
  {
    name: "node, TAP reporter",
    log:
      "TAP version 13\n# Subtest: a\nok 1 - a\n  ---\n  ...\n1..1\n# tests 1\n# suites 0\n# pass 1\n# fail 0\n# cancelled 0\n",
    expected: [1, 0],
  },
  {
    name: "TAP",
    log: "1..4\nok 1 - a\nnot ok 2 - b\nok 3 # SKIP no network\nnot ok 4 - c # TODO later\n",
    expected: [1, 1],
  },
  {
    name: "pytest",
    log:
      "collected 6 items\n\n===== 1 failed, 3 passed, 1 skipped, 2 warnings, 1 error in 0.12s =====\n",
    expected: [3, 2],
  },
  { name: "pytest -q", log: "...\n3 passed in 0.01s\n", expected: [3, 0] },
  {
    name: "unittest",
    log: "Ran 5 tests in 0.001s\n\nFAILED (failures=1, errors=1, skipped=1)\n",
    expected: [2, 2],
  },
  { name: "unittest, all well", log: "Ran 2 tests in 0.001s\n\nOK\n", expected: [2, 0] },
  {
    name: "go -v",
    log:
      "=== RUN   TestA\n--- PASS: TestA (0.00s)\n=== RUN   TestB\n    --- FAIL: TestB/sub (0.00s)\n--- FAIL: TestB (0.01s)\nFAIL\n",
    expected: [1, 2],
  },
  {
    name: "go -json",
    log:
      '{"Time":"x","Action":"run","Package":"p","Test":"TestA"}\n{"Time":"x","Action":"pass","Package":"p","Test":"TestA","Elapsed":0}\n{"Time":"x","Action":"pass","Package":"p","Elapsed":0}\n',
    expected: [1, 0],
  },
  {
    name: "cargo, several crates",
    log:
      "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out\n\ntest result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out\n",
    expected: [4, 2],
  },
  {
    name: "jest",
    log:
      "Test Suites: 1 failed, 1 passed, 2 total\nTests:       1 failed, 2 skipped, 5 passed, 8 total\nSnapshots:   0 total\n",
    expected: [5, 1],
  },
  {
    name: "vitest",
    log:
      " Test Files  1 failed | 1 passed (2)\n      Tests  1 failed | 4 passed (5)\n   Start at  10:00:00\n",
    expected: [4, 1],
  },
  { name: "mocha", log: "\n  3 passing (12ms)\n  1 failing\n\n  1) suite\n", expected: [3, 1] },
  {
    name: "two runners",
    log: "ok | 2 passed | 0 failed (1ms)\n==== 3 passed in 0.10s ====\n",
    expected: [5, 0],
  },
  { name: "carriage returns", log: "ok | 2 passed | 0 failed (1ms)\r\n", expected: [2, 0] },
  { name: "nothing", log: "hello\n", expected: null },
  {
    name: "words that look alike",
    log: "3 passed the exam\nok computer\nTests: none\n",
    expected: null,
  },
];

for (const { name, log, expected } of CASES) {
  Deno.test(`countTests() ${name}`, () => {
    const counts = expected === null
      ? null
      : { passed: expected[0], failed: expected[1], total: expected[0] + expected[1] };
    assert.deepEqual(countTests(log), counts);
  });
}

Deno.test("countTests() takes time linear in the log", () => {
  // A backtracking pattern would not come back from these.
  const long = 200_000;
  for (
    const log of ["1 passed, ".repeat(long / 10), "# tests 1\n".repeat(long / 10), " ".repeat(long)]
  ) assert.equal(countTests(log), null);
});
