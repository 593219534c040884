import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { openSqliteStore } from "../../store/sqlite_store.ts";
import { checkState } from "../../store/state_check.ts";
import { eventIdOf, job } from "./store_rows.ts";
import { EVENTS, home } from "./checked_home.ts";

Deno.test("checkState() finds no fault in a good home, also while its writer runs, and counts what it read", async () => {
  await home(async (folder) => {
    const signed: number[] = [];
    const look = () =>
      checkState({
        folder,
        verify: (row) => Promise.resolve(signed.push(row.seq) > 0),
      });
    const writer = await openSqliteStore({ folder, clock: () => 5_000 });
    const found = await look();
    await writer.close();
    assert.deepEqual(found, {
      ok: true,
      journal: { entries: 7, firstSeq: 1, lastSeq: 7 },
      checkpoints: 1,
      signers: ["b".repeat(64)],
      channels: 2,
      packets: 5,
      jobs: 1,
      problems: [],
    });
    assert.deepEqual(await look(), found);
    assert.deepEqual(signed, [6, 6]);
  });
});

Deno.test("sqliteStore() journals a time that never falls, also where the clock is set back", async () => {
  const folder = await Deno.makeTempDir({ prefix: "ct-" });
  try {
    let nowMs = 9_000;
    for (const [index, now] of [9_000, 5_000, 8_999, 9_001].entries()) {
      nowMs = now;
      // Also over a restart.
      const store = await openSqliteStore({ folder, clock: () => nowMs, journal: true });
      await store.commit([{ op: "putJob", row: job({ eventId: EVENTS[index] }) }]);
      await store.close();
    }
    const store = await openSqliteStore({ folder, clock: () => nowMs, readOnly: true });
    const entries = await store.journalAfter(0, 10, 0);
    await store.close();
    assert.deepEqual(entries.map(({ atMs }) => atMs), [9_000, 9_000, 9_000, 9_001]);
    assert.equal((await checkState({ folder })).ok, true);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("sqliteStore() protects its journal from every program that opens it: it refuses a change or a gap", async () => {
  await home(async (folder) => {
    const store = await openSqliteStore({ folder, clock: () => 5_000 });
    await store.commit([{ op: "putJob", row: job({ eventId: eventIdOf("8") }) }]);
    assert.equal((await store.journalTip())?.seq, 8);
    await store.close();
    const file = new DatabaseSync(`${folder}/state.db`);
    const columns = "at_ms, type, outcome, prev, hash, data";
    const place = (seq: number, prev: string) =>
      `INSERT INTO journal (seq, ${columns}) SELECT ${seq}, at_ms, type, outcome, ${prev}, hash, data FROM journal WHERE seq = 8`;
    for (
      const { sql, refusal } of [
        { sql: "UPDATE journal SET outcome = 'refused' WHERE seq = 3", refusal: /never changes/ },
        { sql: "DELETE FROM journal WHERE seq = 8", refusal: /is kept/ },
        { sql: "DELETE FROM journal WHERE seq = 1", refusal: /is kept/ },
        { sql: "UPDATE checkpoints SET hash = ''", refusal: /never changes/ },
        { sql: place(10, "hash"), refusal: /does not follow/ },
        { sql: place(9, "prev"), refusal: /does not follow/ },
      ]
    ) {
      assert.throws(() => file.exec(sql), refusal, sql);
    }
    file.exec(place(9, "hash"));
    file.close();
  });
});

Deno.test("checkState() names a checkpoint whose signature is not its key's", async () => {
  await home(async (folder) => {
    const { problems } = await checkState({ folder, verify: () => Promise.resolve(false) });
    assert.deepEqual(problems.map(({ check, where }) => `${check} ${where}`), [
      "checkpoints entry 6",
    ]);
  });
});

Deno.test("checkState() names damaged pages, and what it could read is checked anyway", async () => {
  await home(async (folder) => {
    using file = await Deno.open(`${folder}/state.db`, { write: true });
    const root = new DatabaseSync(`${folder}/state.db`, { readOnly: true });
    const { rootpage } = root.prepare(
      "SELECT rootpage FROM sqlite_schema WHERE name = 'journal'",
    ).get() as { rootpage: number };
    root.close();
    await file.seek((rootpage - 1) * 4_096, Deno.SeekMode.Start);
    await file.write(new Uint8Array(4_096).fill(0xaa));
    const found = await checkState({ folder });
    assert.equal(found.ok, false);
    assert.deepEqual([found.problems[0].check, found.packets], ["pages", 5]);
    await assert.rejects(openSqliteStore({ folder, clock: () => 5_000 }), { code: "corrupt" });
  });
});

Deno.test("checkState() reports a file that is not a store instead of failing", async () => {
  await home(async (folder) => {
    await Deno.writeTextFile(`${folder}/state.db`, "not a database".repeat(1_000));
    const { ok, problems } = await checkState({ folder });
    assert.deepEqual([ok, problems.length, problems[0].check], [false, 1, "pages"]);
  });
});

Deno.test("openSqliteStore() checks all pages after an unclean end, and refuses a damaged one", async () => {
  await home(async (folder) => {
    const writer = new DatabaseSync(`${folder}/state.db`);
    const { rootpage } = writer.prepare(
      "SELECT rootpage FROM sqlite_schema WHERE name = 'jobs_newest'",
    ).get() as { rootpage: number };
    {
      using file = await Deno.open(`${folder}/state.db`, { write: true });
      await file.seek((rootpage - 1) * 4_096, Deno.SeekMode.Start);
      await file.write(new Uint8Array(4_096).fill(0xaa));
    }
    // A log that a process left behind; its content is not damaged.
    writer.exec("PRAGMA journal_mode = WAL; INSERT INTO cursors VALUES ('left', 'behind')");
    const copy = `${folder}-crashed`;
    await Deno.mkdir(copy);
    try {
      for (const name of ["state.db", "state.db-wal"]) {
        await Deno.copyFile(`${folder}/${name}`, `${copy}/${name}`);
      }
      await assert.rejects(openSqliteStore({ folder: copy, clock: () => 5_000 }), {
        code: "corrupt",
      });
    } finally {
      writer.close();
      await Deno.remove(copy, { recursive: true });
    }
    const cleanly = await openSqliteStore({ folder, clock: () => 5_000 });
    await cleanly.close();
  });
});
