import assert from "node:assert/strict";
import { broken, chosen, sitesOf } from "./sites.ts";

const SOURCE = `type Small = 3 | "a";
const LIMIT: Small = 3; // é
export function fits(a: bigint, b: bigint, on: boolean): boolean {
  return !on || a + b <=
      0x10n && b !== 0n && true;
}
export const said = "a" + String(LIMIT);
`;

Deno.test("sitesOf() finds operators and constants, and leaves types and texts alone", async () => {
  const root = await Deno.realPath(await Deno.makeTempDir());
  try {
    await Deno.mkdir(`${root}/money`);
    await Deno.writeTextFile(`${root}/money/fits.ts`, SOURCE);
    const sites = await sitesOf(root, ["money"]);
    const shown = sites.map(({ line, from, until, text }) =>
      `${line} ${SOURCE.slice(from, until)} ${text}`
    );
    assert.deepEqual(shown, [
      "2 3 0",
      "4 ! ",
      "4 || &&",
      "4 + -",
      "4 <= <",
      "5 0x10n 0n",
      "5 && ||",
      "5 !== ===",
      "5 0n 1n",
      "5 && ||",
      "5 true false",
    ]);
    assert.equal(broken(SOURCE, sites[0]), SOURCE.replace("Small = 3;", "Small = 0;"));
    assert.deepEqual(chosen(sites, 5, 1), chosen(sites, 5, 1));
    assert.notDeepEqual(chosen(sites, 5, 1), chosen(sites, 5, 2));
    assert.equal(new Set(chosen(sites, 100, 3)).size, sites.length);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("chosen() keeps its choice when other lines change", async () => {
  const root = await Deno.realPath(await Deno.makeTempDir());
  try {
    await Deno.mkdir(`${root}/money`);
    await Deno.writeTextFile(`${root}/money/fits.ts`, SOURCE);
    const before = chosen(await sitesOf(root, ["money"]), 4, 1).map(({ id }) => id);
    const more = `// A line before.\n${SOURCE}\nexport const said2 = said;\n`;
    await Deno.writeTextFile(`${root}/money/fits.ts`, more);
    assert.deepEqual(chosen(await sitesOf(root, ["money"]), 4, 1).map(({ id }) => id), before);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
