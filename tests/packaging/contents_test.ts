import assert from "node:assert/strict";
import { archive } from "../../packaging/contents.ts";

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
