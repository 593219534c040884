/** The two small languages of a sequence's file: templates and conditions. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { SequenceError } from "../../../market/sequences/sequence_error.ts";
import { conditionReferences, holds, parseCondition } from "../../../market/sequences/condition.ts";
import type { JsonValue, StepValues } from "../../../market/sequences/reference.ts";
import { parseTemplate, referencesOf, renderTemplate } from "../../../market/sequences/template.ts";

const VALUES: StepValues = new Map<string, JsonValue>([
  ["build", {
    status: "success",
    exit_code: 0,
    attempts: 2,
    provider: null,
    result: {
      log: "line 1\n{{ steps.one.result }}",
      tests: { passed: 47, failed: 0 },
      list: ["a", "b"],
    },
    error: null,
  }],
  ["one", {
    status: "success",
    result: '{"a":{"b":[10,"x"]},"__proto__":{"c":1}}',
    exit_code: null,
  }],
  ["text", { status: "failed", result: "plain", error: { code: "timeout", message: "late" } }],
]);

const coded = (code: string, says?: RegExp) => (error: unknown) => {
  assert.ok(error instanceof SequenceError, String(error));
  assert.equal(error.code, code);
  assert.ok(error.suggestion.length > 0);
  if (says) assert.match(error.message, says);
  return true;
};

const TEMPLATES: readonly (readonly [template: string, rendered: string])[] = [
  ["", ""],
  ["no places at all }} {", "no places at all }} {"],
  ["{{ steps.text.result }}", "plain"],
  ["<{{steps.text.result}}|{{ steps.build.exit_code }}>", "<plain|0>"],
  ["{{ steps.build.result.log }}", "line 1\n{{ steps.one.result }}"],
  ["{{ steps.build.result.tests.passed }}", "47"],
  ["{{ steps.build.result.tests }}", '{"passed":47,"failed":0}'],
  ["{{ steps.build.result.list.1 }}", "b"],
  ["{{ steps.one.result.a.b.0 }}", "10"],
  ["{{ steps.one.result.__proto__.c }}", "1"],
  ["{{ steps.text.error.code }}", "timeout"],
  ['{{ "{{" }} and {{ "}}" }}', "{{ and }}"],
];

for (const [template, rendered] of TEMPLATES) {
  Deno.test(`renderTemplate() makes ${JSON.stringify(rendered)} of ${JSON.stringify(template)}`, () => {
    assert.equal(renderTemplate(parseTemplate(template), VALUES, 1_000), rendered);
  });
}

Deno.test("renderTemplate() refuses what leads nowhere, to null, or beyond the limit", () => {
  for (
    const path of [
      "build.result.nothing",
      "build.result.list.2",
      "build.result.list.length",
      "build.result.log.length",
      "build.result.toString",
      "build.provider",
      "build.exit_code.x",
      "one.result.constructor",
      "text.result.a",
      "none.status",
    ]
  ) {
    const template = parseTemplate(`{{ steps.${path} }}`);
    assert.throws(() => renderTemplate(template, VALUES, 1_000), coded("missing_value"), path);
  }
  const filled = parseTemplate("{{ steps.text.result }}é");
  assert.equal(renderTemplate(filled, VALUES, 7), "plainé");
  assert.throws(() => renderTemplate(filled, VALUES, 6), coded("too_large", /6 bytes/));
});

Deno.test("parseTemplate() refuses what is not a reference, and calls nothing", () => {
  for (
    const text of [
      "{{",
      "{{ steps.a.result",
      "{{ }}",
      "{{ steps.a }}",
      "{{ a.result }}",
      "{{ steps.A.result }}",
      "{{ steps.a.nonsense }}",
      "{{ steps.a.result..b }}",
      "{{ steps.a.result + 1 }}",
      "{{ steps.a.result() }}",
      "{{ 'x' }}",
      `{{ steps.a.result.${"x".repeat(65)} }}`,
      `{{ steps.a.result${".x".repeat(17)} }}`,
      '{{ "never closed }}',
    ]
  ) {
    assert.throws(() => parseTemplate(text), coded("bad_sequence"), text);
  }
});

Deno.test("a template without placeholders returns its text unchanged, and one placeholder returns any value", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const plain = text.replaceAll("{{", "{ {");
    assert.equal(renderTemplate(parseTemplate(plain), new Map(), 1 << 20), plain);
    const values: StepValues = new Map([["a", { result: text }]]);
    const template = parseTemplate("[{{ steps.a.result }}]");
    assert.equal(referencesOf(template).length, 1);
    assert.equal(renderTemplate(template, values, 1 << 20), `[${text}]`);
  }));
});

const CONDITIONS: readonly (readonly [condition: string, holds: boolean])[] = [
  ["steps.build.exit_code == 0", true],
  ["steps.build.exit_code != 0", false],
  ["steps.build.attempts > 1 and steps.build.attempts <= 2", true],
  ["steps.build.attempts < 2 or steps.build.attempts >= 3", false],
  ["not steps.build.exit_code == 0", false],
  ["not (steps.build.exit_code == 1 or steps.text.status == 'success')", true],
  ['steps.build.result.log contains "line 1"', true],
  ['steps.build.result.list contains "c"', false],
  ["steps.build.result.tests.passed == 47", true],
  ["steps.build.error == null", true],
  ["steps.text.error.code == 'timeout'", true],
  ["steps.one.exit_code == 0", false],
  ["steps.build.exit_code == '0'", false],
  ["true", true],
  ["false or not false and true", true],
  ["true or false and false", true],
  ["-1.5 < 0", true],
  // What does not matter any more is not looked at.
  ["steps.text.status == 'success' and steps.text.result.a == 1", false],
];

for (const [condition, expected] of CONDITIONS) {
  Deno.test(`holds() says ${expected} to ${condition}`, () => {
    assert.equal(holds(parseCondition(condition), VALUES), expected);
  });
}

Deno.test("holds() refuses what is missing, and comparisons of what has no order", () => {
  for (
    const [text, code] of [
      ["steps.none.status == 'success'", "missing_value"],
      ["steps.text.result.a == 1", "missing_value"],
      ["steps.build.status", "bad_condition"],
      ["1", "bad_condition"],
      ["not 'x'", "bad_condition"],
      ["steps.build.status < 'z'", "bad_condition"],
      ["1 < null", "bad_condition"],
      ["1 contains 1", "bad_condition"],
      ["'a' contains 1", "bad_condition"],
    ] as const
  ) {
    assert.throws(() => holds(parseCondition(text), VALUES), coded(code), text);
  }
});

Deno.test("parseCondition() refuses everything outside of its grammar", () => {
  for (
    const text of [
      "",
      "  ",
      "steps.a.exit_code = 0",
      "steps.a.exit_code == 0 and",
      "and true",
      "(true",
      "true)",
      "true true",
      "1 < 2 < 3",
      "steps.a",
      "exit_code == 0",
      "steps.a.exit_code == 0; Deno.exit()",
      "Deno.exit()",
      "`x` == 'x'",
      "'open",
      "1e3 == 1000",
      "0x10 == 16",
      `${"(".repeat(40)}true${")".repeat(40)}`,
      `${"not ".repeat(40)}true`,
      `true${" or true".repeat(200)}`,
    ]
  ) {
    assert.throws(() => parseCondition(text), coded("bad_sequence"), text);
  }
  const condition = parseCondition("steps.a.status == 'x' or not (steps.b.attempts > 1)");
  assert.deepEqual(conditionReferences(condition).map(({ text }) => text), [
    "steps.a.status",
    "steps.b.attempts",
  ]);
});

Deno.test("parseCondition() and parseTemplate() answer any text with a tree or a SequenceError", () => {
  const words = [
    "steps.a.status",
    "and",
    "or",
    "not",
    "(",
    ")",
    "==",
    "<",
    "'x'",
    "1",
    "{{",
    "}}",
    '"',
  ];
  fc.assert(fc.property(fc.array(fc.constantFrom(...words)), fc.boolean(), (parts, spaced) => {
    const text = parts.join(spaced ? " " : "");
    for (const parse of [parseCondition, parseTemplate]) {
      try {
        parse(text);
      } catch (error) {
        coded("bad_sequence")(error);
      }
    }
  }));
});
