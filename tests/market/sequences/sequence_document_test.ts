import assert from "node:assert/strict";
import { parseAmount } from "../../../shell/amount.ts";
import { M2M } from "../../../protocols/ilp/asset.ts";
import { SequenceError } from "../../../market/sequences/sequence_error.ts";
import {
  parseSequenceFile,
  type SequenceFileOptions,
} from "../../../market/sequences/sequence_file.ts";
import { documentOf, echo } from "./sequence_states.ts";

const units = (text: string) => {
  const amount = parseAmount(text);
  return amount.rail === "m2m" ? amount.units : 0n;
};
const OPTIONS: SequenceFileOptions = { source: "c.toml", units, timeoutS: 300 };

const GOOD = `
name = "good"
budget = 1

[[steps]]
name = "build"
type = "ci-run"
input_file = "src"
params = { command = "make", jobs = 4, strict = true }
platform = "linux/amd64"
tags = ["x"]
bid = "0.5"
retries = 2
timeout = 60

[[steps]]
name = "tell"
type = "text-generation"
kind = 5050
input = "say {{ steps.build.exit_code }}"
when = "steps.build.attempts >= 1"
on_failure = "continue"

[[failure]]
name = "undo"
type = "echo"
bid = "500000units"
`;

Deno.test("parseSequenceFile() reads TOML and JSON to the same document", () => {
  const document = parseSequenceFile(GOOD, OPTIONS);
  assert.deepEqual([document.name, document.budgetUnits], ["good", "1000000"]);
  assert.deepEqual(document.steps, [
    {
      name: "build",
      path: "steps",
      type: "ci-run",
      kind: 5601,
      input: { file: "src" },
      params: [["command", "make"], ["jobs", "4"], ["strict", "true"]],
      platform: "linux/amd64",
      tags: ["x"],
      bidUnits: "500000",
      provider: null,
      timeoutS: 60,
      retries: 2,
      when: null,
      onFailure: "undo",
    },
    {
      name: "tell",
      path: "steps",
      type: "text-generation",
      kind: 5050,
      input: { text: "say {{ steps.build.exit_code }}" },
      params: [],
      platform: null,
      tags: [],
      bidUnits: null,
      provider: null,
      timeoutS: 300,
      retries: 0,
      when: "steps.build.attempts >= 1",
      onFailure: "continue",
    },
    {
      name: "undo",
      path: "failure",
      type: "echo",
      kind: 5600,
      input: null,
      params: [],
      platform: null,
      tags: [],
      bidUnits: "500000",
      provider: null,
      timeoutS: 300,
      retries: 0,
      when: null,
      onFailure: "continue",
    },
  ]);
  const value = {
    steps: [{ name: "a", type: "echo", input: "x" }, {
      name: "b",
      type: "echo",
      input: "{{ steps.a.result }}",
    }],
  };
  const json = parseSequenceFile(JSON.stringify(value), { ...OPTIONS, source: "c.json" });
  assert.deepEqual(
    json,
    documentOf({ ...value, steps: value.steps.map((step) => ({ ...step, timeout: 300 })) }),
  );
});

const step = (more: Readonly<Record<string, unknown>>, ...others: readonly unknown[]) => ({
  steps: [echo("a", more), ...others],
});
const KEY = "ab".repeat(32);

/** Each is refused with a message that names the place. */
const BAD: readonly (readonly [name: string, value: unknown, says: RegExp])[] = [
  ["no table", [], /a sequence must be a table/],
  ["nothing", {}, /steps must be a list/],
  ["no steps", { steps: [] }, /steps is empty/],
  ["only a failure path", { steps: [], failure: [echo("a")] }, /steps is empty/],
  ["too many steps", { steps: Array.from({ length: 33 }, (_, n) => echo(`a${n}`)) }, /at most 32/],
  ["an unknown key", { stepz: [], steps: [echo("a")] }, /stepz is not a known key/],
  ["an unknown key of a step", step({ inptu: "x" }), /step a: inptu is not a known key/],
  ["a step that is no table", { steps: ["x"] }, /an entry of steps must be a table/],
  ["no name", { steps: [{ type: "echo" }] }, /step 1: name is missing/],
  ["a name with capitals", { steps: [echo("A")] }, /step 1: name cannot be "A"/],
  ["a name that says something else", { steps: [echo("stop")] }, /cannot be "stop"/],
  ["a name that is there twice", { steps: [echo("a"), echo("a")] }, /a is there twice/],
  ["a name of both lists", { ...step({}), failure: [echo("a")] }, /a is there twice/],
  ["no type", { steps: [{ name: "a" }] }, /step a: type is missing/],
  [
    "an unknown type",
    step({ type: "nonsense" }),
    /step a: type "nonsense" is not a known job type/,
  ],
  ["a kind that is none", step({ kind: 7 }), /kind must be a whole number from 5000/],
  ["a ci-run without a command", step({ type: "ci-run" }), /params must name the command/],
  ["two inputs", step({ input_file: "x" }), /input_file stands beside input/],
  ["a number as input", step({ input: 5 }), /input must be a text/],
  ["half a character", step({ input: "\ud800" }), /input must have/],
  ["http", { steps: [{ name: "a", type: "echo", input_url: "http://x" }] }, /must be an https/],
  ["params that are a list", step({ params: [] }), /params must be a table/],
  ["a param of a strange name", step({ params: { "a b": "x" } }), /params cannot have "a b"/],
  ["a param that is a table", step({ params: { x: {} } }), /params.x must be a text/],
  ["a platform without a /", step({ platform: "linux" }), /platform must be os\/arch/],
  ["a provider by name", step({ provider: "alice" }), /provider must be a public key/],
  ["retries with a provider", step({ provider: KEY, retries: 1 }), /retries go to another/],
  ["too many retries", step({ retries: 6 }), /retries must be a whole number from 0 to 5/],
  ["half a retry", step({ retries: 0.5 }), /retries must be/],
  ["a day and more", step({ timeout: 86_401 }), /timeout must be/],
  ["a bid as a fraction", step({ bid: 0.5 }), /bid must be a text/],
  ["a bid in words", step({ bid: "much" }), /bid Cannot read/],
  ["a requirement that is none", step({ require: "big" }), /require is not "big"/],
  ["requirements that are a table", step({ require: {} }), /require must be a text/],
  ["another order", step({ prefer: "luck" }), /prefer cannot be "luck"/],
  ["another payment", step({ payment: "later" }), /payment cannot be "later"/],
  ["tags that are a text", step({ tags: "x" }), /tags must be a list/],
  ["an open place", step({ input: "{{ steps.b" }), /step a: input: "{{" without/],
  ["a place in params", step({ params: { x: "{{ y }}" } }), /params: "y" is not a reference/],
  ["a condition that is none", step({ when: "maybe" }), /when: the condition cannot be read/],
  ["an unknown step", step({ input: "{{ steps.b.result }}" }), /there is no step b/],
  ["itself", step({ input: "{{ steps.a.result }}" }), /a does not run before a/],
  ["a later step", step({ when: "steps.b.attempts > 1" }, echo("b")), /b does not run before a/],
  [
    "the failure path from a step",
    { ...step({ input: "{{ steps.u.result }}" }), failure: [echo("u")] },
    /u does not run before a/,
  ],
  ["no such way", step({ on_failure: "b" }), /on_failure names no step: "b"/],
  ["a way back", { steps: [echo("a"), echo("b", { on_failure: "a" })] }, /leads back to a/],
  ["a way to itself", step({ on_failure: "a" }), /leads back to a/],
  [
    "a way out of the failure path",
    { ...step({}), failure: [echo("u", { on_failure: "a" })] },
    /leads back to a/,
  ],
  ["bids above the budget", { budget: "5units", ...step({ bid: "6units" }) }, /add up to 6/],
  [
    "bids of the failure path above the budget",
    { budget: "9units", ...step({ bid: "6units" }), failure: [echo("u", { bid: "6units" })] },
    /budget is 9 units, and the bids of the steps add up to 12 units/,
  ],
];

for (const [name, value, says] of BAD) {
  Deno.test(`parseSequenceFile() refuses ${name}, and says where and what to do`, () => {
    const read = () => parseSequenceFile(JSON.stringify(value), { ...OPTIONS, source: "c.json" });
    assert.throws(read, (error) => {
      assert.ok(error instanceof SequenceError, String(error));
      assert.equal(error.code, "bad_sequence");
      assert.match(error.message, says);
      assert.match(error.message, /^c\.json: /);
      assert.ok(error.suggestion.length > 0);
      return true;
    });
  });
}

Deno.test("parseSequenceFile() reports a budget that is too low in the asset", () => {
  const text = JSON.stringify({ budget: "600000units", ...step({ bid: "900000units" }) });
  assert.throws(() => parseSequenceFile(text, { ...OPTIONS, asset: M2M, source: "c.json" }), {
    code: "bad_sequence",
    message: /budget is 0\.60 M2M, and the bids of the steps add up to 0\.90 M2M$/,
    suggestion: "raise it to 0.9, or lower bids",
  });
});

Deno.test("parseSequenceFile() names the line of a TOML file", () => {
  for (
    const [from, to, says] of [
      ['bid = "0.5"', 'bid = "x"', /^c\.toml:12: step build: bid /],
      ["timeout = 60", "timeot = 60", /^c\.toml:14: step build: timeot /],
      ["steps.build.exit_code", "steps.none.exit_code", /^c\.toml:20: step tell: input /],
      ['when = "steps', 'when = "stepz', /^c\.toml:21: step tell: when/],
      ["budget = 1", 'budget = "0.1"', /^c\.toml:3: budget /],
      ['name = "undo"', 'name = "tell"', /^c\.toml:25: step 1: name /],
    ] as const
  ) {
    assert.ok(GOOD.includes(from));
    assert.throws(() => parseSequenceFile(GOOD.replace(from, to), OPTIONS), (error: Error) => {
      assert.match(error.message, says);
      return true;
    });
  }
  assert.throws(() => parseSequenceFile("a = ", OPTIONS), /c\.toml is not valid TOML at line 1/);
  assert.throws(() => parseSequenceFile("{", { ...OPTIONS, source: "c.json" }), /no.* valid JSON/);
});
