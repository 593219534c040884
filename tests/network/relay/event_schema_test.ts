import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { openDatabase } from "../../../network/relay/event_schema.ts";

Deno.test("openDatabase() opens its own file again, and does not change the file of a newer program", async () => {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/relay.db`;
  try {
    openDatabase(file).close();
    openDatabase(file).close();
    assert.equal((await Deno.stat(file)).mode! & 0o777, 0o600);
    const newer = new DatabaseSync(file);
    newer.exec("PRAGMA user_version=99");
    newer.close();
    assert.throws(() => openDatabase(file), {
      code: "newer",
      message: `Cannot open ${file}: its tables are of version 99, this program knows 1`,
    });
    const after = new DatabaseSync(file);
    assert.deepEqual({ ...after.prepare("PRAGMA user_version").get() }, { user_version: 99 });
    after.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
