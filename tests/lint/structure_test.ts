import assert from "node:assert/strict";
import { faultsOf, MOST_LINES, sourceFiles } from "../../lint/measure.ts";
import { circles, importsOf, mutualFolders, roomImports, roomSizes } from "../../lint/structure.ts";

const file = (path: string, text: string) => ({ path, text });

Deno.test("the tree has no room above a fifth, no circle of files, no two folders that import each other, no dead end", () => {
  const files = sourceFiles(new URL("../..", import.meta.url).pathname);
  assert.ok(files.length > 500, "the product's files were found");
  assert.deepEqual(faultsOf(files), []);
});

Deno.test("importsOf() finds import, type import, export from, import() and worker files, and no comment", () => {
  const files = [
    file(
      "store/a.ts",
      [
        `import { b } from "./b.ts";`,
        `import type { C } from "../base/c.ts";`,
        `export { d } from "./d.ts";`,
        `const e = await import("./e.ts");`,
        `new Worker(new URL("./f.ts", import.meta.url));`,
        ` * import { g } from "./g.ts";`,
        `import fs from "node:fs";`,
      ].join("\n"),
    ),
    ...["store/b.ts", "base/c.ts", "store/d.ts", "store/e.ts", "store/f.ts", "store/g.ts"]
      .map((path) => file(path, "")),
  ];
  assert.deepEqual(
    importsOf(files).map(({ to }) => to),
    ["store/b.ts", "base/c.ts", "store/d.ts", "store/e.ts", "store/f.ts"],
  );
});

Deno.test("circles() finds files that reach one another, and not those that only lead to them", () => {
  const pairs = [["a/1.ts", "a/2.ts"], ["a/2.ts", "a/3.ts"], ["a/3.ts", "a/2.ts"]];
  assert.deepEqual(circles(pairs.map(([from, to]) => ({ from, to }))), [["a/2.ts", "a/3.ts"]]);
});

Deno.test("mutualFolders() names each pair once, also a folder and the one inside it", () => {
  const pairs = [
    ["a/1.ts", "b/2.ts"],
    ["b/3.ts", "a/4.ts"],
    ["c/1.ts", "c/d/2.ts"],
    ["c/d/3.ts", "c/4.ts"],
    ["a/1.ts", "c/1.ts"],
  ];
  assert.deepEqual(mutualFolders(pairs.map(([from, to]) => ({ from, to }))), [
    "a/ and b/ import each other: a/1.ts -> b/2.ts, b/3.ts -> a/4.ts",
    "c/ and c/d/ import each other: c/1.ts -> c/d/2.ts, c/d/3.ts -> c/4.ts",
  ]);
});

Deno.test("roomSizes() and faultsOf() tell of a room above a fifth of the lines", () => {
  const files = [
    file("store/a.ts", "1\n2\n3\n"),
    ...["base", "money", "peers", "market", "trail", "home", "skills"].map((room) =>
      file(`${room}/x.ts`, "1\n")
    ),
  ];
  assert.equal(roomSizes(files)[0].room, "store");
  assert.equal(roomSizes(files)[0].share, 0.3);
  assert.deepEqual(faultsOf(files), ["store/ holds 30.0 % of the lines"]);
});

Deno.test("faultsOf() names a file above 300 lines, of the product or of a test", () => {
  const rooms = ["store", "base", "money", "peers", "market", "trail"];
  const of = (lines: number) =>
    faultsOf([
      ...rooms.map((room) => file(`${room}/x.ts`, "1\n".repeat(lines))),
      file("tests/long_test.ts", "1\n".repeat(lines)),
    ]);
  assert.deepEqual(of(MOST_LINES), []);
  assert.deepEqual(
    of(MOST_LINES + 1).toSorted(),
    [...rooms.map((room) => `${room}/x.ts`), "tests/long_test.ts"]
      .map((path) => `${path} has 301 lines, above 300: split it by concept`).sort(),
  );
});

Deno.test("faultsOf() names a file that is in no room and in no folder beside the rooms", () => {
  const paths = ["tests/a.ts", "lint/b.ts", "fixtures/projects/c.ts", "stray/d.ts", "e.ts"];
  assert.deepEqual(faultsOf(paths.map((path) => file(path, ""))), [
    "stray/d.ts is in no room",
    "e.ts is in no room",
  ]);
});

Deno.test("roomImports() counts imports between rooms, not those inside one", () => {
  const pairs = [["store/a.ts", "base/b.ts"], ["store/c.ts", "base/b.ts"], [
    "store/a.ts",
    "store/c.ts",
  ]];
  assert.deepEqual([...roomImports(pairs.map(([from, to]) => ({ from, to })))], [[
    "store -> base",
    2,
  ]]);
});
