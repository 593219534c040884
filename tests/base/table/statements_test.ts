import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { LinkedFileError } from "../../../base/files/linked_file_error.ts";
import { inTransaction, refuseLinkedDatabase, Statements } from "../../../base/table/statements.ts";

Deno.test("Statements prepares a text once, and forgets the first of more than 256", () => {
  const db = new DatabaseSync(":memory:");
  try {
    const statements = new Statements(db);
    const first = statements.of("SELECT 0");
    assert.equal(statements.of("SELECT 0"), first);
    for (let n = 1; n < 256; n++) statements.of(`SELECT ${n}`);
    assert.equal(statements.of("SELECT 0"), first);
    statements.of("SELECT 256");
    assert.notEqual(statements.of("SELECT 0"), first);
    const last = statements.of("SELECT 256");
    statements.clear();
    assert.notEqual(statements.of("SELECT 256"), last);
  } finally {
    db.close();
  }
});

Deno.test("inTransaction() keeps all of its work or nothing, also if SQLite has rolled back by itself", () => {
  const db = new DatabaseSync(":memory:");
  const count = () => db.prepare("SELECT count(*) AS n FROM t").get()!.n;
  try {
    db.exec("CREATE TABLE t (n INTEGER NOT NULL) STRICT");
    assert.equal(inTransaction(db, () => db.exec("INSERT INTO t VALUES (1)") ?? "done"), "done");
    assert.equal(count(), 1);
    const broken = new Error("broken");
    const add = (then: () => void) => () => {
      db.exec("INSERT INTO t VALUES (2)");
      then();
      throw broken;
    };
    assert.throws(() => inTransaction(db, add(() => {})), broken);
    assert.throws(() => inTransaction(db, add(() => db.exec("ROLLBACK"))), broken);
    assert.equal(count(), 1);
    assert.equal(db.isTransaction, false);
  } finally {
    db.close();
  }
});

Deno.test("refuseLinkedDatabase() refuses a link under the database's name, and under those of the files beside it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/other`, "");
    for (const suffix of ["", "-wal", "-shm", "-journal"]) {
      const path = `${folder}/state${suffix || "-main"}.db`;
      refuseLinkedDatabase(path, true);
      await Deno.symlink(`${folder}/other`, path + suffix);
      assert.throws(() => refuseLinkedDatabase(path, false), LinkedFileError);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
