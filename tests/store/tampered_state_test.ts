import assert from "node:assert/strict";
import { openSqliteStore } from "../../store/sqlite_store.ts";
import { checkState } from "../../store/state_check.ts";
import type { StoreError } from "../../store/store_error.ts";
import { EVENTS, home, tamper } from "./checked_home.ts";

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
    name: "a refused packet that still has what it would have paid",
    sql: "UPDATE incoming SET state = 'refused' WHERE nonce = 1",
    check: "money",
    where: /^channel 0x/,
    what: /packet 1 was refused, and still has an obligation/,
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
