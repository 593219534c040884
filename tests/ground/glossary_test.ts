import assert from "node:assert/strict";

const ROOT = new URL("../../", import.meta.url);

Deno.test("docs/glossary.md has at most 60 terms, in order, one line each, and each is in use elsewhere", async () => {
  const text = await Deno.readTextFile(new URL("docs/glossary.md", ROOT));
  const terms = text.split("\n").filter((line) => line.startsWith("| ")).slice(2)
    .map((line) => line.split("|")[1].trim());
  assert.ok(terms.length > 40 && terms.length <= 60, `${terms.length} terms`);
  const lower = terms.map((term) => term.toLowerCase());
  assert.deepEqual(lower, [...lower].sort());
  assert.equal(new Set(lower).size, lower.length);
  const docs = await otherDocs();
  for (const term of lower) assert.ok(docs.includes(term), `no other page says "${term}"`);
});

async function otherDocs(): Promise<string> {
  const texts = [await Deno.readTextFile(new URL("README.md", ROOT))];
  for await (const { name } of Deno.readDir(new URL("docs/", ROOT))) {
    if (!name.endsWith(".md") || name === "glossary.md") continue;
    texts.push(await Deno.readTextFile(new URL(`docs/${name}`, ROOT)));
  }
  return texts.join("\n").toLowerCase();
}
