import assert from "node:assert/strict";
import { readQuarantine } from "../../store/quarantine.ts";
import { openSqliteStore } from "../../store/sqlite_store.ts";
import { clock, inFolder } from "./store_folder.ts";

Deno.test("readQuarantine() gives the newest documents, of which 1,000 are kept and all are counted", async () => {
  await inFolder(async (folder) => {
    const store = await openSqliteStore({ folder, clock });
    await store.commit(Array.from({ length: 1_005 }, (_, index) => ({
      op: "quarantine" as const,
      bytes: new Uint8Array([index >> 8, index & 255]),
      reason: "poison",
      atMs: index,
      source: index % 2 === 0 ? "relay-source" : "job-source",
      known: { encoding: "json" },
    })));
    const [newest, ...others] = readQuarantine(folder, 5_000);
    assert.deepEqual(newest, {
      quarantineId: 1_005,
      bytes: new Uint8Array([3, 236]),
      reason: "poison",
      atMs: 1_004,
      source: "relay-source",
      known: { encoding: "json" },
      retry: false,
    });
    assert.equal(others.length, 999);
    assert.equal((await store.totals()).quarantined, 1_005);
    await store.close();
  });
});

Deno.test("markedDocuments() gives a source's marked documents, the oldest first, until they are released", async () => {
  await inFolder(async (folder) => {
    const store = await openSqliteStore({ folder, clock });
    await store.commit(["relay-source", "job-source", "relay-source"].map((source, index) => ({
      op: "quarantine" as const,
      bytes: new Uint8Array([index]),
      reason: "poison",
      atMs: index,
      source,
      known: {},
    })));
    const mark = (quarantineId: number, retry = true) =>
      store.commit([{ op: "retryQuarantined", quarantineId, retry }]);
    const marked = async () =>
      (await store.markedDocuments("relay-source")).map(({ quarantineId }) => quarantineId);
    assert.deepEqual(await marked(), []);
    for (const id of [3, 2, 1]) await mark(id);
    assert.deepEqual(await marked(), [1, 3]);
    await mark(1, false);
    await store.commit([{ op: "releaseQuarantined", quarantineId: 3 }]);
    assert.deepEqual(await marked(), []);
    assert.deepEqual(readQuarantine(folder, 9).map(({ quarantineId }) => quarantineId), [2, 1]);
    for (const id of [3, 99]) await assert.rejects(mark(id), { code: "conflict" });
    await store.close();
  });
});
