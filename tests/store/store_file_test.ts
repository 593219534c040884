import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { endedCleanly } from "../../store/database.ts";
import { MIGRATIONS } from "../../store/schema.ts";
import { openSqliteStore } from "../../store/sqlite_store.ts";
import type { OpenStore } from "../../store/store.ts";
import { job } from "./store_rows.ts";
import { clock, coded, filled, inFolder } from "./store_folder.ts";

Deno.test("openSqliteStore() makes a folder of 0700 and files of 0600, and tightens loose ones", async () => {
  await inFolder(async (parent) => {
    const folder = `${parent}/state`;
    for (const round of [1, 2]) {
      const store = await openSqliteStore({ folder, clock });
      await store.commit([{ op: "setCursor", name: "round", value: String(round) }]);
      assert.equal((await Deno.stat(folder)).mode! & 0o777, 0o700);
      for await (const { name } of Deno.readDir(folder)) {
        assert.equal((await Deno.stat(`${folder}/${name}`)).mode! & 0o777, 0o600, name);
      }
      await store.close();
      await Deno.chmod(folder, 0o755);
      await Deno.chmod(`${folder}/state.db`, 0o644);
    }
  });
});

Deno.test("endedCleanly() says whether the last writer left nothing in the log", async () => {
  await inFolder(async (folder) => {
    assert.equal(endedCleanly(folder), true, "there was none");
    const path = `${folder}/state.db-wal`;
    await Deno.writeFile(path, new Uint8Array(0));
    assert.equal(endedCleanly(folder), true);
    await Deno.writeFile(path, new Uint8Array(1));
    assert.equal(endedCleanly(folder), false);
  });
});

Deno.test("openSqliteStore() syncs every commit, logs ahead, and gives freed pages back", async () => {
  await inFolder(async (folder) => {
    await filled(folder);
    const file = new DatabaseSync(`${folder}/state.db`, { readOnly: true });
    assert.deepEqual({ ...file.prepare("PRAGMA journal_mode").get() }, { journal_mode: "wal" });
    assert.deepEqual({ ...file.prepare("PRAGMA auto_vacuum").get() }, { auto_vacuum: 2 });
    assert.deepEqual({ ...file.prepare("PRAGMA user_version").get() }, {
      user_version: MIGRATIONS.length,
    });
    file.close();
  });
});

Deno.test("openSqliteStore() refuses a file in place of its folder with io, and names it", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    await assert.rejects(
      openSqliteStore({ folder: `${folder}/file`, clock }),
      coded("io", /file as a state folder/),
    );
  });
});

Deno.test("openSqliteStore() refuses the file of a newer version and leaves it as it is", async () => {
  await inFolder(async (folder) => {
    await filled(folder);
    const file = new DatabaseSync(`${folder}/state.db`);
    file.exec("PRAGMA user_version = 99");
    file.close();
    for (const readOnly of [false, true]) {
      await assert.rejects(
        openSqliteStore({ folder, clock, readOnly }),
        coded("version", /newer crosstown/),
      );
    }
  });
});

Deno.test("openSqliteStore() starts over after a crash while it made the file", async () => {
  await inFolder(async (folder) => {
    await Deno.writeFile(`${folder}/state.db.new`, new Uint8Array(777));
    await Deno.writeFile(`${folder}/state.db.new-journal`, new Uint8Array(77));
    const store = await openSqliteStore({ folder, clock });
    await store.commit([]);
    await store.close();
  });
});

Deno.test("sqliteStore() refuses everything once closed, and closing flushes what waits", async () => {
  await inFolder(async (folder) => {
    const store = await openSqliteStore({ folder, clock });
    const waiting = assert.rejects(store.pendingOutbox(0, 1, 60_000), coded("closed"));
    const commits = Array.from(
      { length: 3_000 },
      (_, index) => store.commit([{ op: "setCursor", name: `c${index}`, value: "1" }]),
    );
    const closing = store.close();
    await Promise.all([...commits, closing, store.close(), waiting]);
    await assert.rejects(store.commit([]), coded("closed"));
    await assert.rejects(store.cursor("c1"), coded("closed"));
    await assert.rejects(store.pendingOutbox(0, 1, 0), coded("closed"));
    const again = await openSqliteStore({ folder, clock });
    assert.equal(await again.cursor("c2999"), "1");
    await again.close();
  });
});

Deno.test("sqliteStore() refuses commits beyond its queue as full and keeps the others", async () => {
  await inFolder(async (folder) => {
    const store = await openSqliteStore({ folder, clock });
    const settled = await Promise.allSettled(
      Array.from(
        { length: 9_000 },
        (_, index) => store.commit([{ op: "setCursor", name: `c${index % 10}`, value: "1" }]),
      ),
    );
    const refused = settled.filter((result) => result.status === "rejected");
    assert.equal(refused.length, 9_000 - 8_192);
    for (const { reason } of refused) coded("full")(reason);
    const large = { op: "setCursor", name: "large", value: "x".repeat(60_000) } as const;
    const byBytes = await Promise.allSettled(
      Array.from({ length: 100 }, () => store.commit(Array.from({ length: 20 }, () => large))),
    );
    assert.ok(byBytes.some((result) => result.status === "rejected"));
    assert.ok(byBytes.some((result) => result.status === "fulfilled"));
    await store.close();
  });
});

Deno.test("sqliteStore() lets 4,096 commits wait and refuses one more as full", async () => {
  await inFolder(async (folder) => {
    const store = await openSqliteStore({ folder, clock });
    const waiting = Array.from(
      { length: 4_096 },
      () => assert.rejects(store.pendingOutbox(0, 1, 60_000), coded("closed")),
    );
    await assert.rejects(store.pendingOutbox(0, 1, 60_000), coded("full"));
    await assert.rejects(store.pendingOutbox(0, 1, -1), coded("invalid"));
    await store.close();
    await Promise.all(waiting);
  });
});

Deno.test("sqliteStore() open for reading sees the writer's commits, also while it waits, and refuses to commit", async () => {
  await inFolder(async (folder) => {
    await assert.rejects(
      openSqliteStore({ folder, clock, readOnly: true }),
      coded("version", /nothing was stored/),
    );
    const store = await openSqliteStore({ folder, clock });
    const reader: OpenStore = await openSqliteStore({ folder, clock, readOnly: true });
    const row = job();
    const waiting = reader.watchJob(row.jobId, "buyer", 0, 60_000);
    await store.commit([{ op: "putJob", row }]);
    assert.deepEqual(await waiting, row);
    await assert.rejects(reader.commit([]), coded("locked"));
    await reader.close();
    await store.close();
    const alone = await openSqliteStore({ folder, clock, readOnly: true });
    assert.deepEqual(await alone.getJob(row.jobId), row);
    await alone.close();
  });
});

Deno.test("sqliteStore() open for reading brings a store of an earlier version up, unless that version still works on it", async () => {
  await inFolder(async (folder) => {
    await (await openSqliteStore({ folder, clock })).close();
    // As it was before the last step.
    const path = `${folder}/state.db`;
    const now = new DatabaseSync(path);
    const { application_id: id } = now.prepare("PRAGMA application_id").get() as Record<
      string,
      number
    >;
    now.close();
    await Deno.remove(path);
    const before = new DatabaseSync(path);
    for (const step of MIGRATIONS.slice(0, -1)) before.exec(step);
    before.exec(`PRAGMA application_id = ${id}; PRAGMA user_version = ${MIGRATIONS.length - 1}`);
    before.close();
    const held = await Deno.open(`${folder}/state.lock`, { read: true, write: true });
    await held.lock(true);
    const read = () => openSqliteStore({ folder, clock, readOnly: true });
    await assert.rejects(read(), coded("version", /stop it, then ask again$/));
    held.close();
    for (let times = 0; times < 2; times++) {
      const reader = await read();
      assert.deepEqual(await reader.keyBreakers(), []);
      await reader.close();
    }
  });
});

Deno.test("sqliteStore() works in a worker with read and write permission for its folder only", async () => {
  await inFolder(async (folder) => {
    const source = `
      import { definition } from ${
      JSON.stringify(import.meta.resolve("../../store/store_service.ts"))
    };
      const denied = [];
      for (const [name, attempt] of Object.entries({
        read: () => Deno.readTextFileSync("/etc/hostname"),
        net: () => Deno.listen({ port: 0, hostname: "127.0.0.1" }),
        env: () => Deno.env.get("HOME"),
        run: () => new Deno.Command("true").outputSync(),
      })) {
        try { attempt(); } catch (error) { if (error instanceof Deno.errors.NotCapable) denied.push(name); }
      }
      for (const round of [1, 2]) {
        const store = await definition.start({ folder: ${
      JSON.stringify(folder)
    } }, {}, { clock: () => 0 });
        await store.commit([{ op: "setCursor", name: "round", value: String(round) }]);
        await definition.stop(store);
      }
      self.postMessage(denied);
    `;
    const { permissions } = await import("../../store/store_service.ts").then((
      module,
    ) => module.definition);
    const worker = new Worker(`data:text/javascript,${encodeURIComponent(source)}`, {
      type: "module",
      deno: { permissions: permissions({ folder }) },
    } as WorkerOptions);
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(event.message));
    };
    assert.deepEqual(await promise, ["read", "net", "env", "run"]);
    worker.terminate();
    const store = await openSqliteStore({ folder, clock });
    assert.equal(await store.cursor("round"), "2");
    await store.close();
  });
});
