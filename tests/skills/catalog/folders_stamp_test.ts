import assert from "node:assert/strict";
import { foldersStamp } from "../../../skills/catalog/folders_stamp.ts";

/** A folder with one skill of so many files. */
async function skillOf(files: number) {
  const folder = await Deno.makeTempDir({ prefix: "ct-stamp-" });
  await Deno.mkdir(`${folder}/skills/big/parts`, { recursive: true });
  for (let n = 0; n < files; n++) await Deno.writeTextFile(`${folder}/skills/big/parts/${n}`, "1");
  return {
    skill: `${folder}/skills/big`,
    stamp: () => foldersStamp([`${folder}/skills`, `${folder}/missing`], [`${folder}/approved`]),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

Deno.test("foldersStamp() changes with each file, each folder and each approval, and only with them", async () => {
  await using at = await skillOf(100);
  const seen = [await at.stamp()];
  assert.equal(await at.stamp(), seen[0]);
  await Deno.writeTextFile(`${at.skill}/parts/99`, "22");
  seen.push(await at.stamp());
  await Deno.remove(`${at.skill}/parts/0`);
  seen.push(await at.stamp());
  await Deno.mkdir(`${at.skill}/empty`);
  seen.push(await at.stamp());
  await Deno.writeTextFile(`${at.skill}/../../approved`, "{}");
  seen.push(await at.stamp());
  assert.equal(new Set(seen).size, seen.length);
});

Deno.test("foldersStamp() lets other work have its turn while it looks at many files", async () => {
  await using at = await skillOf(300);
  let turns = 0;
  const others = setInterval(() => turns++, 0);
  await at.stamp();
  clearInterval(others);
  assert.ok(turns > 0);
});
