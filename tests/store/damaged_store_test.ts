import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { openSqliteStore } from "../../store/sqlite_store.ts";
import type { StoreError } from "../../store/store_error.ts";
import { clock, coded, filled, inFolder } from "./store_folder.ts";

const damages: readonly { name: string; damage: (path: string) => Promise<void>; says: RegExp }[] =
  [
    { name: "an empty file", damage: (path) => Deno.truncate(path, 0), says: /the file is empty/ },
    {
      name: "a file that is something else",
      damage: (path) => Deno.writeTextFile(path, "hello".repeat(1_000)),
      says: /not a database/,
    },
    {
      name: "a foreign SQLite file",
      async damage(path) {
        await Deno.remove(path);
        const other = new DatabaseSync(path);
        other.exec("CREATE TABLE t (a)");
        other.close();
      },
      says: /not a crosstown state file/,
    },
    {
      name: "a missing file beside its log",
      async damage(path) {
        await Deno.remove(path);
        await Deno.writeFile(`${path}-wal`, new Uint8Array(100));
      },
      says: /missing beside its write-ahead log/,
    },
    {
      name: "a missing file beside the payment log",
      async damage(path) {
        await Deno.remove(path);
        await Deno.writeTextFile(path.replace("state.db", "payment_log.jsonl"), "");
      },
      says: /missing beside payment_log\.jsonl/,
    },
    {
      name: "a missing file beside the repository",
      async damage(path) {
        await Deno.remove(path);
        await Deno.mkdir(path.replace("state.db", ".git"));
      },
      says: /missing beside \.git/,
    },
  ];

for (const { name, damage, says } of damages) {
  Deno.test(`openSqliteStore() refuses ${name} as corrupt, says what to do and leaves it`, async () => {
    await inFolder(async (folder) => {
      await filled(folder);
      await damage(`${folder}/state.db`);
      for (const _ of [1, 2]) {
        await assert.rejects(
          openSqliteStore({ folder, clock, lockWaitMs: 0 }),
          (error: StoreError) => {
            coded("corrupt", says)(error);
            assert.match(error.message, /keep a copy of the folder/);
            return true;
          },
        );
      }
    });
  });
}

Deno.test("sqliteStore() refuses the rows of a damaged page as corrupt, and stops writing", async () => {
  await inFolder(async (folder) => {
    await filled(folder);
    using file = await Deno.open(`${folder}/state.db`, { write: true });
    const { size } = await file.stat();
    // The last pages: the first ones hold the schema.
    await file.seek(size - 30 * 4_096, Deno.SeekMode.Start);
    await file.write(new Uint8Array(30 * 4_096).fill(0xaa));
    const store = await openSqliteStore({ folder, clock });
    const reads = await Promise.allSettled(
      Array.from({ length: 50 }, (_, index) => store.cursor(`c${index}`)),
    );
    const failed = reads.filter((read) => read.status === "rejected");
    assert.ok(failed.length > 0);
    for (const { reason } of failed) coded("corrupt")(reason);
    await store.close();
  });
});
