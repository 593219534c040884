import assert from "node:assert/strict";
import { sweepIncoming } from "../../../market/blobs/incoming.ts";

Deno.test("sweepIncoming() removes what a killed command left, and nothing else", async () => {
  const folder = await Deno.makeTempDir();
  try {
    assert.equal(await sweepIncoming(folder, 2_000), 0);
    await Deno.mkdir(`${folder}/incoming/kept`, { recursive: true });
    await Deno.writeTextFile(`${folder}/aside`, "aside");
    for (const [name, atMs] of [["old", 1_000], ["new", 3_000]] as const) {
      await Deno.writeTextFile(`${folder}/incoming/${name}`, name);
      await Deno.utime(`${folder}/incoming/${name}`, new Date(atMs), new Date(atMs));
    }
    await Deno.symlink("../aside", `${folder}/incoming/link`);
    assert.equal(await sweepIncoming(folder, 2_000), 1);
    const left = [...Deno.readDirSync(`${folder}/incoming`)].map(({ name }) => name).sort();
    assert.deepEqual(left, ["kept", "link", "new"]);
    assert.equal(await Deno.readTextFile(`${folder}/aside`), "aside");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("sweepIncoming() follows no link to another folder", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/other`);
    await Deno.writeTextFile(`${folder}/other/file`, "mine");
    await Deno.symlink("other", `${folder}/incoming`);
    assert.equal(await sweepIncoming(folder, Date.now() + 60_000), 0);
    assert.equal(await Deno.readTextFile(`${folder}/other/file`), "mine");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
