import assert from "node:assert/strict";
import { dockerIgnore } from "../../../market/packing/docker_ignore.ts";

const TABLE: readonly {
  readonly rules: string;
  readonly out: readonly string[];
  readonly stay: readonly string[];
}[] = [
  { rules: "a", out: ["a", "a/b"], stay: ["b/a", "ab"] },
  { rules: "/a/", out: ["a", "a/b"], stay: ["b/a"] },
  { rules: "*/temp*", out: ["x/temp", "x/temp.txt", "x/temp/y"], stay: ["temp", "x/y/temp"] },
  { rules: "**/*.go", out: ["a.go", "x/y/b.go"], stay: ["a.gob"] },
  { rules: "x/**", out: ["x/y", "x/y/z"], stay: ["y"] },
  { rules: "temp?", out: ["tempa"], stay: ["temp", "temp/a"] },
  { rules: "[a-c]x", out: ["ax", "cx"], stay: ["dx"] },
  { rules: "[^a]x", out: ["bx"], stay: ["ax"] },
  { rules: "*.md\n!README.md", out: ["a.md"], stay: ["README.md"] },
  { rules: "!README.md\n*.md", out: ["README.md"], stay: [] },
  { rules: "  a  \r\n\n#b\n\uFEFF", out: ["a"], stay: ["b", "#b"] },
  { rules: "./a/../b", out: ["b"], stay: ["a"] },
  { rules: "\\#x\n\\!y", out: ["#x", "!y"], stay: ["x"] },
  { rules: "a.b+(c)", out: ["a.b+(c)"], stay: ["aXb+(c)"] },
  { rules: ".", out: [], stay: ["a"] },
];
for (const { rules, out, stay } of TABLE) {
  Deno.test(`dockerIgnore() of ${JSON.stringify(rules)}`, () => {
    const ignored = dockerIgnore(rules);
    assert.deepEqual(out.filter((path) => !ignored(path)), []);
    assert.deepEqual(stay.filter(ignored), []);
  });
}

Deno.test("dockerIgnore() refuses a pattern that it cannot read", () => {
  assert.throws(() => dockerIgnore("a\n[z-a]"), { code: "bad_input", message: /\[z-a\]/ });
});
