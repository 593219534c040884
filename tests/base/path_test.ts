import assert from "node:assert/strict";
import { posix } from "node:path";
import fc from "fast-check";
import { basename, dirname, isAbsolute, join, resolve } from "../../base/path.ts";

const NAMES = [
  "",
  ".",
  "..",
  "/",
  "//",
  "///",
  "a",
  "b.txt",
  ".gt",
  "...",
  "..a",
  "a b",
  "é",
  "\\",
];

/** Compares all functions with Node's. */
function same(parts: readonly string[]): void {
  const [path = ""] = parts;
  const of = (
    paths: Pick<typeof posix, "join" | "resolve" | "dirname" | "basename" | "isAbsolute">,
  ) => ({
    join: paths.join(...parts),
    resolve: paths.resolve(...parts),
    dirname: paths.dirname(path),
    basename: paths.basename(path),
    isAbsolute: paths.isAbsolute(path),
  });
  assert.deepEqual(
    of({ join, resolve, dirname, basename, isAbsolute }),
    of(posix),
    parts.join(","),
  );
}

const ignore = Deno.build.os === "windows";

Deno.test({
  name:
    "join(), resolve(), dirname(), basename() and isAbsolute() give what node:path gives: every path of up to four pieces",
  ignore,
  fn() {
    for (const a of NAMES) {
      for (const b of NAMES) {
        for (const c of NAMES) {
          same([a, b, c]);
          for (const d of ["", "/", "..", "a"]) same([`${a}${b}${c}${d}`]);
        }
      }
    }
    same([]);
  },
});

Deno.test({
  name:
    "join(), resolve(), dirname(), basename() and isAbsolute() give what node:path gives: random paths",
  ignore,
  fn() {
    const part = fc.array(fc.constantFrom(...NAMES, "/a", "a/"), { maxLength: 8 })
      .map((pieces) => pieces.join(""));
    fc.assert(fc.property(fc.array(part, { maxLength: 4 }), same), { numRuns: 2_000 });
  },
});
