import assert from "node:assert/strict";
import { parseSkillCard } from "../../../skills/format/skill_card.ts";

Deno.test("parseSkillCard() reads every field of the published format, and leaves the body alone", () => {
  const card = parseSkillCard(
    `---
# who reads this
name: pdf-processing
description: >-
  Extracts text from PDF files.
  Use when a request names a PDF.
license: 'Apache-2.0, the author''s'
compatibility: "Needs poppler: pdftotext"
metadata:
  author: example-org
  version: "1.0"
  crosstown: skill.toml
allowed-tools: Bash(git log:*) Bash(jq:*) Read
---
# Body

---
name: not-a-key
`,
    "pdf-processing",
  );
  assert.equal(
    card.description,
    "Extracts text from PDF files. Use when a request names a PDF.",
  );
  assert.equal(card.license, "Apache-2.0, the author's");
  assert.equal(card.compatibility, "Needs poppler: pdftotext");
  assert.deepEqual([...card.metadata], [
    ["author", "example-org"],
    ["version", "1.0"],
    ["crosstown", "skill.toml"],
  ]);
  assert.deepEqual(card.allowedTools, ["Bash(git log:*)", "Bash(jq:*)", "Read"]);
  assert.equal(card.body, "# Body\n\n---\nname: not-a-key\n");
});

const HEAD = "---\nname: a\ndescription: d\n";
for (
  const [name, text, error] of [
    ["no front matter", "# Title\n", /SKILL\.md:1: it must begin with/],
    ["no end", "---\nname: a\n", /SKILL\.md:1: the front matter has no end/],
    ["no description", "---\nname: a\n---\n", /SKILL\.md:1: there is no description/],
    ["an unknown key", `${HEAD}price: 3\n---\n`, /SKILL\.md:4: unknown key price/],
    ["a key twice", `${HEAD}name: a\n---\n`, /SKILL\.md:4: name is given twice/],
    [
      "another folder",
      "---\nname: b\ndescription: d\n---\n",
      /SKILL\.md:2: the folder must be named b/,
    ],
    ["capitals", "---\nname: A\ndescription: d\n---\n", /SKILL\.md:2: name is lowercase/],
    ["a list", `${HEAD}license:\n  - MIT\n---\n`, /SKILL\.md:5: a line of the front matter/],
    ["a list in brackets", `${HEAD}license: [MIT]\n---\n`, /SKILL\.md:4: lists, anchors/],
    ["an anchor", `${HEAD}license: &a MIT\n---\n`, /SKILL\.md:4: /],
    ["a colon", "---\nname: a\ndescription: Does: this\n---\n", /SKILL\.md:3: .*in quotes/],
    ["an open quote", `${HEAD}license: "MIT\n---\n`, /SKILL\.md:4: a text in "double/],
    ["other terms", `${HEAD}metadata: {crosstown: ../x}\n---\n`, /SKILL\.md:4: metadata\.cross/],
    [
      "a long name",
      `---\nname: ${"a".repeat(65)}\ndescription: d\n---\n`,
      /SKILL\.md:2: .*over 64/,
    ],
  ] as const
) {
  Deno.test(`parseSkillCard() refuses ${name}, with file and line`, () => {
    assert.throws(() => parseSkillCard(text, "a"), { code: "bad_manifest", message: error });
  });
}
