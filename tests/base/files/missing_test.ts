import assert from "node:assert/strict";
import { isMissing, lstatOrNull, namesIn, nullIfMissing } from "../../../base/files/missing.ts";

Deno.test("lstatOrNull() and namesIn() take a missing path, also one below a file, for nothing, and throw what else fails", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/b`, "text");
    await Deno.symlink(`${folder}/nowhere`, `${folder}/a`);
    assert.equal((await lstatOrNull(`${folder}/b`))?.size, 4);
    assert((await lstatOrNull(`${folder}/a`))?.isSymlink);
    assert.deepEqual(await namesIn(folder), ["a", "b"]);
    for (const missing of [`${folder}/c`, `${folder}/b/c`]) {
      assert.equal(await lstatOrNull(missing), null);
      assert.deepEqual(await namesIn(missing), []);
    }
    assert.deepEqual(await namesIn(`${folder}/b`), []);
    await assert.rejects(lstatOrNull(`${folder}/\0`));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  const other = new Deno.errors.PermissionDenied("no");
  assert(!isMissing(other));
  assert.throws(() => nullIfMissing(other), other);
});
