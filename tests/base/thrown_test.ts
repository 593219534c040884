import assert from "node:assert/strict";
import { codeOf, codeText } from "../../base/thrown.ts";
import { StoreError } from "../../store/store_error.ts";

const cases = [
  { name: "an error with a code", thrown: new StoreError("conflict", "no"), code: "conflict" },
  { name: "an error without one", thrown: new Error("no"), code: undefined },
  { name: "a code that is a number", thrown: { code: 5 }, code: undefined },
  { name: "null", thrown: null, code: undefined },
  { name: "a text", thrown: "conflict", code: undefined },
] as const;

for (const { name, thrown, code } of cases) {
  Deno.test(`codeOf() and codeText() of ${name}: ${code ?? "error"}`, () => {
    assert.equal(codeOf(thrown), code);
    assert.equal(codeText(thrown), code ?? "error");
  });
}
