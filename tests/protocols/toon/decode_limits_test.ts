import assert from "node:assert/strict";
import { decodeDocument } from "../../../protocols/toon/decode.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);

const empty = [
  { name: "nothing", line: "" },
  { name: "blanks", line: "  ".repeat(100) },
  { name: "a carriage return", line: "\r" },
  { name: "blanks and a carriage return", line: "   \r" },
  { name: "a comment", line: "# note" },
  { name: "a comment behind blanks", line: "    # note" },
];

for (const { name, line } of empty) {
  Deno.test(`decodeDocument() bounds lines that hold ${name}: 256 cost nothing, 257 are too many`, () => {
    const document = (lines: number) => utf8(`${`${line}\n`.repeat(lines)}kind: 1`);
    assert.notEqual(outcome(document(256)), "too_complex");
    assert.equal(outcome(document(257)), "too_complex");
  });
}

Deno.test("decodeDocument() counts a last line without a line feed too", () => {
  assert.notEqual(outcome(utf8(`kind: 1${"\n".repeat(256)}`)), "too_complex");
  assert.equal(outcome(utf8(`kind: 1${"\n".repeat(257)}`)), "too_complex");
});

const deep = [
  { name: "indentation of the limit", line: `${" ".repeat(64)}a: 1`, code: "other" },
  { name: "indentation above it", line: `${" ".repeat(66)}a: 1`, code: "too_deep" },
  { name: "field groups of the limit", line: `a[1]${"{b".repeat(32)}: 1`, code: "other" },
  { name: "field groups above it", line: `a[1]${"{b".repeat(33)}: 1`, code: "too_deep" },
  { name: "closed groups beside each other", line: `a[1]${"{b}".repeat(40)}: 1`, code: "other" },
  { name: "braces in a text", line: `a[1]"${"{".repeat(40)}": 1`, code: "other" },
  {
    name: "braces behind an escaped quote",
    line: `a[1]"\\"${"{".repeat(40)}": 1`,
    code: "other",
  },
  { name: "braces in a value", line: `a: ${"{".repeat(40)}`, code: "other" },
];

for (const { name, line, code } of deep) {
  Deno.test(`decodeDocument() bounds nesting: ${name}`, () => {
    const found = outcome(utf8(`x: 1\n${line}`));
    assert.equal(found === "too_deep" ? found : "other", code, found);
  });
}

Deno.test("decodeDocument() names the line that is nested too deep", () => {
  assert.throws(() => decodeDocument(utf8(`x: 1\n\n# y\n${" ".repeat(66)}a: 1`)), {
    message: "Cannot decode: nested over 32 levels in line 4",
  });
});

/** `ok`, or the code of the refusal. */
function outcome(bytes: Uint8Array): string {
  try {
    decodeDocument(bytes).event;
    return "ok";
  } catch (error) {
    return (error as { readonly code: string }).code;
  }
}
