import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { openSqliteStore } from "../../store/sqlite_store.ts";
import { checkState } from "../../store/state_check.ts";
import type { Change } from "../../store/store.ts";
import type { StoreError } from "../../store/store_error.ts";
import {
  chainChannel,
  CHANNEL,
  eventIdOf,
  hash,
  incoming,
  job,
  outgoing,
  payer,
  receiver,
} from "./store_rows.ts";

const EVENTS = ["1", "2", "3", "4"].map((digit) => eventIdOf(digit));

/** A home with an open channel that paid four times and was paid once: entries 1 to 7, the fifth under a checkpoint. */
async function home(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "ct-" });
  try {
    const store = await openSqliteStore({ folder, clock: () => 5_000, journal: true });
    const channel = chainChannel({
      status: "open",
      channelId: CHANNEL,
      openedBlockHash: hash("2"),
      openedAtMs: 1_000,
      depositUnits: 1_000n,
      wantedUnits: 1_000n,
    });
    await store.commit([{ op: "putChannel", row: channel }, { op: "putJob", row: job() }]);
    for (const [index, event] of EVENTS.entries()) await store.commit(paid(index + 1, event));
    const tip = await store.journalTip();
    await store.commit([{
      op: "putCheckpoint",
      row: {
        ...tip!,
        commit: null,
        signature: "5".repeat(128),
        pubkey: "b".repeat(64),
        atMs: 5_000,
      },
    }]);
    const held = incoming({ obligation: `write:${eventIdOf("5")}` });
    await store.commit([
      { op: "putIncoming", row: held, expect: "absent" },
      { op: "putReceiverChannel", row: receiver({ credited: 100n, watermark: 1 }) },
    ]);
    await store.commit([
      {
        op: "putIncoming",
        row: { ...held, state: "fulfilled", answer: new Uint8Array([1]) },
        expect: "held",
      },
      { op: "putReceiverChannel", row: receiver({ credited: 100n, watermark: 1, spent: 100n }) },
    ]);
    await store.close();
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function paid(nonce: number, eventId: string): Change[] {
  const amount = 100n;
  const sum = amount * BigInt(nonce);
  const row = outgoing({ nonce, amount, cumulative: sum, obligation: `write:${eventId}` });
  return [
    { op: "putOutgoing", row, expect: "absent" },
    {
      op: "putOutgoing",
      row: { ...row, state: "fulfilled", answer: new Uint8Array([1]) },
      expect: "open",
    },
    { op: "putPayerChannel", row: payer({ signed: sum, nonce, spent: sum }) },
  ];
}

/** Changes the file as somebody with a tool would, past the triggers. */
function tamper(folder: string, sql: string): void {
  const file = new DatabaseSync(`${folder}/state.db`);
  for (
    const { name } of file.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").all()
  ) {
    file.exec(`DROP TRIGGER ${name}`);
  }
  file.exec(sql);
  file.close();
}

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

/** What somebody changed, the first problem that must be named, and whether opening for writing must refuse it too. */
const TAMPERED: readonly {
  readonly name: string;
  readonly sql: string;
  readonly check: string;
  readonly where: RegExp;
  readonly what: RegExp;
  readonly refused: boolean;
}[] = [
  {
    name: "an amount in the journal",
    sql: "UPDATE journal SET amount_units = '101' WHERE seq = 3",
    check: "journal",
    where: /^entry 3$/,
    what: /its hash is [0-9a-f]{64}, but its line hashes to/,
    refused: true,
  },
  {
    name: "an amount that is no number",
    sql: "UPDATE journal SET amount_units = 'all' WHERE seq = 3",
    check: "journal",
    where: /^entry 3$/,
    what: /amounts or its time are malformed/,
    refused: true,
  },
  {
    name: "an entry taken out of the middle",
    sql: "DELETE FROM journal WHERE seq = 4",
    check: "journal",
    where: /^entry 4$/,
    what: /it is missing: the next entry is 5/,
    refused: true,
  },
  {
    name: "the end of the journal cut off below a checkpoint",
    sql: "DELETE FROM journal WHERE seq > 5",
    check: "checkpoints",
    where: /^entry 6$/,
    what: /cut off/,
    refused: true,
  },
  {
    name: "another entry under a checkpoint",
    sql: `UPDATE checkpoints SET hash = '${"d".repeat(64)}'`,
    check: "checkpoints",
    where: /^entry 6$/,
    what: /another hash/,
    refused: true,
  },
  {
    name: "the end of the journal cut off above the last checkpoint",
    sql: "DELETE FROM journal WHERE seq > 6",
    check: "sums",
    where: /^earned$/,
    what: /it is 100 units, and the journal adds up to 0/,
    refused: false,
  },
  {
    name: "a sum",
    sql: "UPDATE sums SET value = '399' WHERE name = 'spent'",
    check: "sums",
    where: /^spent$/,
    what: /it is 399 units, and the journal adds up to 400/,
    refused: false,
  },
  {
    name: "a packet that paid twice for one obligation",
    sql: `UPDATE outgoing SET obligation = 'write:${EVENTS[0]}' WHERE nonce = 2`,
    check: "money",
    where: /^obligation write:1/,
    what: /paid 2 times/,
    refused: false,
  },
  {
    name: "more fulfilled than the channel spent",
    sql: "UPDATE outgoing SET amount = '101' WHERE nonce = 2",
    check: "money",
    where: /that pays$/,
    what: /fulfilled for 401 units, and it has spent 400/,
    refused: false,
  },
  {
    name: "more signed than deposited",
    sql: "UPDATE payer_channels SET signed = '1001'",
    check: "money",
    where: /that pays$/,
    what: /signed 1001 units of a deposit of 1000/,
    refused: false,
  },
  {
    name: "less signed than spent",
    sql: "UPDATE payer_channels SET signed = '400', spent = '401'",
    check: "money",
    where: /that pays$/,
    what: /more than the 400 signed/,
    refused: false,
  },
  {
    name: "a claim below the one before",
    sql: "UPDATE outgoing SET cumulative = '50' WHERE nonce = 3",
    check: "money",
    where: /that pays$/,
    what: /claim of packet 3 is below/,
    refused: false,
  },
  {
    name: "a nonce above the channel's",
    sql: "UPDATE outgoing SET nonce = 9 WHERE nonce = 4",
    check: "money",
    where: /that pays$/,
    what: /packet 9 is above its nonce 4/,
    refused: false,
  },
  {
    name: "more earned than credited",
    sql: "UPDATE receiver_channels SET credited = '99'",
    check: "money",
    where: /is paid$/,
    what: /more than the 99 credited/,
    refused: false,
  },
];

for (const { name, sql, check, where, what, refused } of TAMPERED) {
  Deno.test(`checkState() names ${name}`, async () => {
    await home(async (folder) => {
      tamper(folder, sql);
      const { ok, problems } = await checkState({ folder });
      assert.equal(ok, false);
      assert.equal(problems[0].check, check);
      assert.match(problems[0].where, where);
      assert.match(problems[0].what, what);
    });
  });

  Deno.test(`openSqliteStore() ${refused ? "refuses" : "does not look for"} ${name}`, async () => {
    await home(async (folder) => {
      tamper(folder, sql);
      const opened = openSqliteStore({ folder, clock: () => 5_000 });
      if (!refused) return await (await opened).close();
      await assert.rejects(opened, (error: StoreError) => {
        assert.equal(error.code, "corrupt");
        assert.match(error.message, what);
        assert.match(error.message, /crosstown state recover/);
        return true;
      });
    });
  });
}

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
