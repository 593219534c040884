import assert from "node:assert/strict";
import { deadEnds, inWords } from "../../lint/dead_ends.ts";
import { moduleOf, wordsOfExamples } from "../../lint/declarations.ts";

const file = (path: string, ...lines: string[]) => ({ path, text: `${lines.join("\n")}\n` });
const found = (product: ReturnType<typeof file>[], others: ReturnType<typeof file>[] = []) =>
  deadEnds(product, others).map(inWords);

Deno.test("deadEnds() names exports that nobody uses, that only their own file uses, and that only tests use", () => {
  const product = [
    file("cli.ts", `import { run } from "./base/a.ts";`, "run();"),
    file(
      "base/a.ts",
      "export interface Options {}",
      "export function run(options: Options = {}) {",
      "  return options;",
      "}",
      "export const tried = 1;",
      "const left = 2;",
      "export class Nobody {}",
    ),
  ];
  const tests = [file("tests/a_test.ts", `import { tried } from "../base/a.ts";`, "tried;")];
  assert.deepEqual(found(product, tests), [
    "base/a.ts:1: no other file imports Options: it needs no export",
    "base/a.ts:5: the product does not use tried",
    "base/a.ts:6: the product does not use left",
    "base/a.ts:7: the product does not use Nobody",
  ]);
});

Deno.test("deadEnds() follows what a test-only declaration uses: it is used by tests alone too", () => {
  const product = [
    file("cli.ts", `import "./base/a.ts";`),
    file("base/a.ts", "function part() {}", "export function whole() {", "  part();", "}"),
  ];
  const tests = [file("tests/a_test.ts", `import { whole } from "../base/a.ts";`, "whole();")];
  assert.deepEqual(found(product, tests), [
    "base/a.ts:1: the product does not use part",
    "base/a.ts:2: the product does not use whole",
  ]);
});

Deno.test("deadEnds() allows an export that its own file uses and its test imports", () => {
  const product = [
    file("cli.ts", `import { whole } from "./base/a.ts";`, "whole();"),
    file("base/a.ts", "export function part() {}", "export function whole() {", "  part();", "}"),
  ];
  const tests = [file("tests/a_test.ts", `import { part } from "../base/a.ts";`, "part();")];
  assert.deepEqual(found(product, tests), []);
});

for (
  const [how, ...lines] of [
    ["an import of types", `import type { Taken } from "./base/a.ts";`, "export let x: Taken;"],
    ["another name", `import { Taken as T } from "./base/a.ts";`, "export let x: T;"],
    ["a namespace", `import * as a from "./base/a.ts";`, "a.Taken;"],
    ["import()", `const { Taken } = await import("./base/a.ts");`],
    ["a list of imports", `const [{ Taken }] = await Promise.all([import("./base/a.ts")]);`],
    ["export from", `export { Taken } from "./base/a.ts";`],
    ["export *", `export * from "./base/a.ts";`],
    ["a worker's module", `new Worker(new URL("./base/a.ts", import.meta.url));`],
  ]
) {
  Deno.test(`deadEnds() sees a name that is taken by ${how}`, () => {
    const product = [file("mod.ts", ...lines), file("base/a.ts", "export class Taken {}")];
    assert.deepEqual(found(product), []);
  });
}

Deno.test("deadEnds() names a re-export that nobody imports", () => {
  const product = [
    file("cli.ts", `import { b } from "./base/a.ts";`, "b;"),
    file("base/a.ts", `export { b, c } from "./b.ts";`),
    file("base/b.ts", "export const b = 1;", "export const c = 2;"),
  ];
  assert.deepEqual(found(product), [
    "base/a.ts:1: no other file imports c: it needs no export",
    "base/b.ts:2: the product does not use c",
  ]);
});

Deno.test("moduleOf() is not misled by comments and template texts", () => {
  const { statements } = moduleOf(
    "base/a.ts",
    [
      "/**",
      " * export const none = 1;",
      " */",
      "const text = `",
      "export const inside = 1;",
      "`;",
      "// export const gone = 1;",
      "export const there = text;",
      "",
    ].join("\n"),
  );
  assert.deepEqual(statements.map(({ name, exported }) => [name, exported]), [
    ["text", false],
    ["there", true],
  ]);
});

Deno.test("wordsOfExamples() gives the names that a doc comment's example runs", () => {
  const text = "/**\n * Not here.\n *\n * ```ts\n * assert.equal(twice(1), 2);\n * ```\n */\n";
  assert.deepEqual([...wordsOfExamples(text)], ["ts", "assert", "equal", "twice"]);
});
