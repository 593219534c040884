import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import {
  archive,
  CHAIN_PACKAGE,
  packagedManifest,
  placeProgram,
} from "../../packaging/contents.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

Deno.test("placeProgram() copies a program that was made before without its chain, and refuses what is not the program of these sources", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const own = { ...await packagedManifest(ROOT, "0123456789ab") };
    const manifest = JSON.stringify(own);
    const origin = { commit: "0123456789ab", program: `${folder}/program` };
    const program = `${folder}/program`;
    for (const name of [`node_modules/${CHAIN_PACKAGE}`, "node_modules/@scope/kept", "home"]) {
      await Deno.mkdir(`${program}/${name}`, { recursive: true });
      await Deno.writeTextFile(`${program}/${name}/a.js`, name);
    }
    await Deno.writeTextFile(`${program}/deno.json`, manifest);
    await placeProgram(ROOT, `${folder}/out`, origin);
    assert.equal(await Deno.readTextFile(`${folder}/out/deno.json`), manifest);
    assert.equal(await Deno.readTextFile(`${folder}/out/home/a.js`), "home");
    const names = await Array.fromAsync(Deno.readDir(`${folder}/out/node_modules`));
    assert.deepEqual(names.map(({ name }) => name), ["@scope"]);
    await Deno.remove(`${program}/node_modules/@scope`, { recursive: true });
    await placeProgram(ROOT, `${folder}/again`, origin);
    await assert.rejects(
      Deno.stat(`${folder}/again/node_modules`),
      Deno.errors.NotFound,
      "no folder that is empty without the chain",
    );
    await assert.rejects(placeProgram(ROOT, `${program}/`, origin), /cannot be copied to itself/);
    for (
      const [other, why] of [
        [{ version: "0.0.0-older" }, /with version 0\.0\.0-older, not /],
        [{ commit: "ba9876543210" }, /with commit ba9876543210, not 0123456789ab: make it again/],
        [{ commit: undefined }, /with commit unknown, not 0123456789ab/],
        // A clone of the sources.
        [{ name: "@crosstown/crosstown" }, /with name @crosstown\/crosstown, not crosstown/],
      ] as const
    ) {
      await Deno.writeTextFile(`${program}/deno.json`, JSON.stringify({ ...own, ...other }));
      await assert.rejects(placeProgram(ROOT, `${folder}/other`, origin), why);
      await assert.rejects(Deno.stat(`${folder}/other`), Deno.errors.NotFound, "nothing is copied");
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("archive() gives the same bytes for the same files, whenever and in whichever order they were made", async () => {
  const root = await Deno.makeTempDir();
  try {
    const archived = async (order: readonly string[], time: number) => {
      const folder = `${root}/${time}`;
      await Deno.mkdir(`${folder}/app`, { recursive: true });
      for (const name of order) {
        await Deno.writeTextFile(`${folder}/app/${name}`, `${name}\n`, { mode: 0o644 });
        await Deno.utime(`${folder}/app/${name}`, time, time);
      }
      await archive(folder, `${folder}/made.tgz`, ["app"]);
      return await Deno.readFile(`${folder}/made.tgz`);
    };
    const first = await archived(["a.js", "b.js", "c.js"], 1_000_000_000);
    assert.deepEqual(await archived(["c.js", "a.js", "b.js"], 1_700_000_000), first);
    assert.notDeepEqual(await archived(["a.js", "b.js"], 1_000_000_001), first);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
