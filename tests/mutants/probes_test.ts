import assert from "node:assert/strict";
import { ProbedTree, withProbes } from "./probes.ts";
import { sitesOf } from "./sites.ts";

const PRODUCT = `/** @module */
const LIMIT = 3;
const names: Record<number, string> = { 7: "seven" };
export async function fits(count: number, more: () => Promise<boolean>): Promise<boolean> {
  if (count < LIMIT && await more()) return true;
  let sum = 10n;
  sum += BigInt((count * 2) % 5 + // five
    1);
  return !(sum > 4n) || names[8] !== undefined;
}
export const never = (a: number) => a - 9;
`;

const TEST = `import { fits } from "../money/fits.ts";
Deno.test("fits()", async () => {
  if (!await fits(2, () => Promise.resolve(true))) throw new Error("it fits");
});
`;

Deno.test("a probed tree shows where a test would notice another operator or constant", async () => {
  const root = await Deno.realPath(await Deno.makeTempDir());
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    for (const name of ["money", "tests", "node_modules"]) await Deno.mkdir(`${root}/${name}`);
    await Deno.writeTextFile(`${root}/deno.json`, "{}");
    await Deno.writeTextFile(`${root}/money/fits.ts`, PRODUCT);
    await Deno.writeTextFile(`${root}/tests/fits_test.ts`, TEST);
    await Deno.writeTextFile(`${root}/tests/bound_test.ts`, TEST.replace("(2,", "(3,"));
    await Deno.writeTextFile(`${root}/tests/broken_test.ts`, TEST.replace("true", "false"));

    const sites = await sitesOf(root, ["money"]);
    const tree = await ProbedTree.copy(root, folder, sites);
    const seen = async (path: string) => {
      const found = await tree.measure(path);
      return found && sites.filter(({ id }) => found.sites.has(id))
        .map(({ line, from, until }) => `${line} ${PRODUCT.slice(from, until)}`);
    };
    const loaded = ["2 3", "3 7"];
    assert.deepEqual(await seen("tests/fits_test.ts"), [...loaded, "5 &&", "5 true"]);
    assert.equal(await seen("tests/bound_test.ts"), null);
    assert.equal(await seen("tests/broken_test.ts"), null);
    await Deno.writeTextFile(
      `${folder}/tree/tests/bound_test.ts`,
      TEST.replace("(2,", "(3,").replace("!await", "await"),
    );
    assert.deepEqual(await seen("tests/bound_test.ts"), [
      ...loaded,
      "5 <",
      "5 &&",
      "6 10n",
      "7 +=",
      "7 *",
      "7 2",
      "7 %",
      "7 5",
      "7 +",
      "8 1",
      "9 !",
      "9 4n",
      "9 ||",
      "9 8",
      "9 !==",
    ]);
    assert.equal(
      withProbes("money/fits.ts", PRODUCT, sites).split("\n").length,
      PRODUCT.split("\n").length,
    );
  } finally {
    await Deno.remove(root, { recursive: true });
    await Deno.remove(folder, { recursive: true });
  }
});
