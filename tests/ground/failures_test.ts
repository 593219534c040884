import assert from "node:assert/strict";

const ROOT = new URL("../../", import.meta.url);
const LINK = /\[[^\]]+\]\(\.\.\/(tests\/[^ )]+)(?: "([^"]+)")?\)/g;

Deno.test("docs/failures.md names, for each failure, a test that is there", async () => {
  const text = await Deno.readTextFile(new URL("docs/failures.md", ROOT));
  await eachRowNamesItsTest(text, 30);
});

Deno.test("docs/security.md names, for each threat, a test that is there", async () => {
  const text = await Deno.readTextFile(new URL("docs/security.md", ROOT));
  await eachRowNamesItsTest(/^## Threats$([^]*?)^## /m.exec(text)![1], 10);
});

async function eachRowNamesItsTest(text: string, least: number): Promise<void> {
  const rows = text.split("\n").filter((line) =>
    /^\|/.test(line) && !/^\| *(what|threat|-+) *\|/.test(line)
  );
  assert.ok(rows.length >= least, `${rows.length} rows`);
  for (const row of rows) {
    const links = [...row.matchAll(LINK)];
    assert.ok(links.length > 0, `no test: ${row}`);
    for (const [, path, name] of links) {
      const source = await Deno.readTextFile(new URL(path, ROOT));
      assert.ok(name !== undefined, `${path}: a link names its test`);
      assert.ok(source.includes(name), `${path} holds no test "${name}"`);
    }
  }
}
