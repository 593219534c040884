import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { openDatabase } from "../../../network/relay/event_schema.ts";
import { EventStore } from "../../../network/relay/event_store.ts";
import type { NostrEvent } from "../../../protocols/nostr/event.ts";
import { schemaDump } from "../../schema_dump.ts";
import { runSteps } from "./run_steps.ts";

const PINNED = new URL("../../../fixtures/relay/schema.sql", import.meta.url);
const VIEW = { nowS: 10, privateKinds: [], pubkeys: [] };

Deno.test("openDatabase() makes the tables of a new relay with exactly the pinned statements", async () => {
  const db = openDatabase(":memory:");
  try {
    assert.equal(schemaDump(db), await Deno.readTextFile(PINNED));
  } finally {
    db.close();
  }
});

Deno.test("EventStore reads and writes a file that has the pinned tables and rows of an earlier build", async () => {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/relay.db`;
  const [id, pubkey] = ["1".repeat(64), "a".repeat(64)];
  try {
    const earlier = new DatabaseSync(file);
    earlier.exec(await Deno.readTextFile(PINNED));
    earlier.exec(
      `INSERT INTO events VALUES (7, '${id}', '${pubkey}', 30000, 5, '30000:${pubkey}:d', 99, 'toon', x'0102', '{}');
       INSERT INTO event_tags VALUES ('d', 'd', 5, 7);
       INSERT INTO removed VALUES (1, '${"9".repeat(64)}', 4);`,
    );
    earlier.close();
    const store = new EventStore(file);
    try {
      const found = runSteps(store.search([{ "#d": ["d"] }], VIEW, 10));
      assert.deepEqual(found, [{ seq: 7, id, createdAtS: 5 }]);
      const { json, raw, encoding } = store.read(found[0])!;
      assert.deepEqual({ json, raw, encoding }, {
        json: "{}",
        raw: new Uint8Array([1, 2]),
        encoding: "toon",
      });
      assert(store.wasWritten("9".repeat(64)));
      const event = {
        id: "2".repeat(64),
        pubkey,
        kind: 30_000,
        created_at: 6,
        tags: [["d", "d"]],
        content: "",
        sig: "",
      } as unknown as NostrEvent;
      const newer = { event, raw: new Uint8Array([3]), encoding: "json" as const, json: "{}" };
      assert.deepEqual(store.put([newer, newer], 10), ["new", "duplicate"]);
      assert.equal(store.count(), 1);
      assert(store.wasWritten(id));
    } finally {
      store.close();
    }
    const after = new DatabaseSync(file);
    assert.deepEqual(
      after.prepare(
        "SELECT id, pubkey, kind, created_at, address, expires_at, encoding, raw, json FROM events",
      ).all().map((row) => ({ ...row })),
      [{
        id: "2".repeat(64),
        pubkey,
        kind: 30_000,
        created_at: 6,
        address: `30000:${pubkey}:d`,
        expires_at: null,
        encoding: "json",
        raw: new Uint8Array([3]),
        json: "{}",
      }],
    );
    after.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

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
