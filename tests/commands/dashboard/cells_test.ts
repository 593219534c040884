import assert from "node:assert/strict";
import stringWidth from "string-width";
import fc from "fast-check";
import { isNarrow, segmentsOf, widthOf } from "../../../commands/dashboard/cells.ts";

const same = (text: string) => assert.equal(widthOf(text), stringWidth(text), JSON.stringify(text));

Deno.test("widthOf() gives what string-width gives: every code point but the controls", () => {
  for (let code = 0x20; code <= 0x10ffff; code += code < 0x20000 ? 1 : 0x101) {
    // string-width takes control sequences out first.
    if (code === 0x7f || code >= 0x80 && code < 0xa0) continue;
    const text = String.fromCodePoint(code);
    const width = widthOf(text);
    if (isNarrow(text)) assert.equal(width, 1);
    // string-width 8.1.0 throws for a format character that stands alone.
    const expected = /^(?!\p{Default_Ignorable_Code_Point})\p{Format}$/u.test(text)
      ? 1
      : stringWidth(text);
    assert.equal(width, expected, code.toString(16));
  }
});

Deno.test("widthOf() gives what string-width gives: clusters, and random texts of them", () => {
  const pieces = [
    ...[
      "a",
      "é",
      "e\u0301",
      "日本",
      "한글",
      "\u1112\u1161\u11ab",
      "😀",
      "👩‍👩‍👧",
      "🏳️‍🌈",
      "🇩🇪",
      "1️⃣",
      "❤️",
      "❤",
      "👍🏽",
    ],
    ...[
      "ｶﾞ",
      "ﾊﾟ",
      "ｱ",
      "\u200d",
      "\u200b",
      "\ufeff",
      "\u00ad",
      "กำ",
      "नि",
      "\u0600a",
      "─█░●○…",
      "→",
      "\u3000",
      "\ud800",
    ],
  ];
  for (const piece of pieces) same(piece);
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...pieces), { maxLength: 6 }),
      (all) => same(all.join("")),
    ),
    { numRuns: 2_000 },
  );
  assert.deepEqual([...segmentsOf("e\u0301👩‍👩‍👧x")], ["e\u0301", "👩‍👩‍👧", "x"]);
});
