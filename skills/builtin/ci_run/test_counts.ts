/**
 * Counts the tests in the log of a known runner: deno, node, TAP, pytest, unittest, go, cargo, jest, vitest, mocha. Skipped and ignored
 * tests are not counted. Several summaries (of a workspace, or of several runners) are added.
 *
 * @module
 */
import type { TestCounts } from "../../skill.ts";

/** The counts of a log; null if it has no summary of a known runner. */
export function countTests(log: string): TestCounts | null {
  // deno-lint-ignore no-control-regex
  const plain = log.replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, "").replaceAll("\r\n", "\n");
  let passed = 0;
  let failed = 0;
  let found = false;
  const take = (counts: readonly [number, number] | null) => {
    if (counts === null) return;
    found = true;
    passed += counts[0];
    failed += counts[1];
  };
  for (const runner of [deno, node, pytest, unittest, go, cargo, jest, vitest, mocha]) {
    take(runner(plain));
  }
  // The output of node's TAP reporter ends with node's own summary. So TAP is counted only if no other runner was found.
  if (!found) take(tap(plain));
  return found ? { passed, failed, total: passed + failed } : null;
}

type Counter = (log: string) => readonly [number, number] | null;

const deno: Counter = (log) =>
  sum(log, /^(?:ok|FAILED) \| (\d+) passed(?: \(\d+ steps?\))? \| (\d+) failed/gm, [1], [2]);

const node: Counter = (log) => {
  const summary = /^(?:ℹ|#) tests \d+$[\s\S]*?^(?:ℹ|#) pass (\d+)$\n^(?:ℹ|#) fail (\d+)$/gm;
  return sum(log, summary, [1], [2]);
};

const pytest: Counter = (log) => {
  const lines = log.match(
    /^(?:=+ )?(?:\d+ (?:passed|failed|errors?|skipped|xfailed|xpassed|warnings?|deselected|subtests passed)(?:, )?)+ in [\d.]+s.*$/gm,
  );
  if (lines === null) return null;
  return words(lines, ["passed", "xpassed"], ["failed", "errors?"]);
};

const unittest: Counter = (log) => {
  const summary = /^Ran (\d+) tests? in [\d.]+s\n\n(OK|FAILED)(?: \(([^)]*)\))?$/gm;
  let result: [number, number] | null = null;
  for (const match of log.matchAll(summary)) {
    const count = (name: string) =>
      Number(match[3]?.match(new RegExp(`(?:^|, )${name}=(\\d+)`))?.[1] ?? 0);
    const failed = count("failures") + count("errors") + count("unexpected successes");
    const ran = Number(match[1]) - count("skipped");
    result ??= [0, 0];
    result[0] += Math.max(0, ran - failed);
    result[1] += failed;
  }
  return result;
};

const go: Counter = (log) => {
  const json = [...log.matchAll(/^\{[^\n]*"Action":"(pass|fail)"[^\n]*"Test":"[^\n]*\}$/gm)];
  const verbose = [...log.matchAll(/^ *--- (PASS|FAIL): \S+ \([\d.]+s\)$/gm)];
  const results = (json.length > 0 ? json : verbose).map((match) => match[1].toLowerCase());
  if (results.length === 0) return null;
  const passed = results.filter((result) => result === "pass").length;
  return [passed, results.length - passed];
};

const cargo: Counter = (log) =>
  sum(log, /^test result: (?:ok|FAILED)\. (\d+) passed; (\d+) failed;/gm, [1], [2]);

const jest: Counter = (log) => {
  const lines = log.match(/^Tests: +(?:\d+ \w+, )*\d+ total$/gm);
  return lines && words(lines, ["passed"], ["failed"]);
};

const vitest: Counter = (log) => {
  const lines = log.match(/^ *Tests {2}(?:\d+ \w+(?: \| )?)+ \(\d+\)$/gm);
  return lines && words(lines, ["passed"], ["failed"]);
};

const mocha: Counter = (log) => {
  const passing = [...log.matchAll(/^ +(\d+) passing \([^)]*\)$/gm)];
  if (passing.length === 0) return null;
  const failing = [...log.matchAll(/^ +(\d+) failing$/gm)];
  const total = (matches: RegExpExecArray[]) =>
    matches.reduce((sum, match) => sum + Number(match[1]), 0);
  return [total(passing), total(failing)];
};

const tap: Counter = (log) => {
  if (!/^(?:TAP version \d+|1\.\.\d+)/m.test(log)) return null;
  const results = [...log.matchAll(/^(not ok|ok)\b(.*)$/gm)]
    .filter((match) => !/# *(?:skip|todo)/i.test(match[2]));
  const failed = results.filter((match) => match[1] === "not ok").length;
  return [results.length - failed, failed];
};

function sum(
  log: string,
  summary: RegExp,
  [passedGroup]: [number],
  [failedGroup]: [number],
): [number, number] | null {
  let result: [number, number] | null = null;
  for (const match of log.matchAll(summary)) {
    result ??= [0, 0];
    result[0] += Number(match[passedGroup]);
    result[1] += Number(match[failedGroup]);
  }
  return result;
}

function words(
  lines: readonly string[],
  passed: readonly string[],
  failed: readonly string[],
): [number, number] {
  const count = (names: readonly string[]) => {
    const word = new RegExp(`(\\d+) (?:${names.join("|")})\\b`, "g");
    return lines.flatMap((line) => [...line.matchAll(word)])
      .reduce((sum, match) => sum + Number(match[1]), 0);
  };
  return [count(passed), count(failed)];
}
