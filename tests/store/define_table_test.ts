/** Every table keeps its rows exactly, and names the field that is wrong. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { CALLBACKS } from "../../store/callback_table.ts";
import { CHECKPOINTS } from "../../store/checkpoint_table.ts";
import { CHANNELS, TRANSACTIONS } from "../../store/chain_tables.ts";
import type { Column, Columns } from "../../store/columns.ts";
import type { Table } from "../../store/define_table.ts";
import { JOBS } from "../../store/job_tables.ts";
import {
  INCOMING,
  OUTGOING,
  PAYER_CHANNELS,
  RECEIVER_CHANNELS,
} from "../../store/packet_tables.ts";
import {
  chainChannel,
  incoming,
  job,
  outgoing,
  payer,
  receiver,
  transaction,
} from "./store_rows.ts";

interface Case<Row> {
  readonly table: Table<Row>;
  readonly rows: readonly Row[];
}
const BYTES = new Uint8Array([1, 2, 255]);
/** What a statement of its own writes, or the database. */
const GIVEN = ["writtenOffAtMs", "callbackId"];
const LINK = { channelId: "0xother", nonce: 7 };

// deno-lint-ignore no-explicit-any
const CASES: readonly Case<any>[] = [
  {
    table: JOBS,
    rows: [
      job(),
      job({
        role: "provider",
        provider: "p",
        callbackSkill: null,
        jobPaid: true,
        amountUnits: 2n ** 200n,
        result: BYTES,
        resultEventId: "r",
        exitCode: -1,
        errorCode: "e",
        errorMessage: "m",
      }),
    ],
  },
  { table: PAYER_CHANNELS, rows: [payer({ signed: 2n ** 70n, nonce: 3 })] },
  { table: RECEIVER_CHANNELS, rows: [receiver(), receiver({ bestClaim: BYTES })] },
  {
    table: OUTGOING,
    rows: [
      outgoing(),
      outgoing({
        incoming: LINK,
        answer: BYTES,
        about: { jobId: "j", provider: "p", kind: 5601, bytes: 9 },
      }),
    ],
  },
  {
    table: INCOMING,
    rows: [incoming(), incoming({ obligation: null, next: LINK, answer: BYTES })],
  },
  {
    table: CHANNELS,
    rows: [chainChannel(), chainChannel({ automatic: false, note: "n", settleAtMs: 9 })],
  },
  {
    table: CALLBACKS,
    rows: [{
      callbackId: 4,
      jobId: "j",
      eventId: "e",
      skill: "s",
      document: BYTES,
      encoding: "toon",
      state: "failed",
      tries: 2,
      dueAtMs: 9,
      errorCode: "c",
      errorMessage: null,
      updatedAtMs: 8,
    }],
  },
  {
    table: CHECKPOINTS,
    rows: [{
      seq: 3,
      hash: "a".repeat(64),
      commit: null,
      signature: "b".repeat(128),
      pubkey: "c".repeat(64),
      atMs: 5,
    }],
  },
  { table: TRANSACTIONS, rows: [transaction(), transaction({ feeWei: 2n ** 90n, reason: "r" })] },
];

for (const { table, rows } of CASES) {
  Deno.test(`the table ${table.name} gives a row back as it was put, through its columns`, () => {
    for (const row of rows) {
      // What a statement of its own writes, and what a later step adds, is null in a row that was only put.
      const columns = { written_off_at_ms: null, callback_id: 4, ...table.columns(row) };
      assert.deepEqual(table.row(columns), row);
      assert.deepEqual(table.patch(row), table.columns(row));
    }
  });

  Deno.test(`the table ${table.name} refuses each field that is missing or of another kind, by name`, () => {
    for (const field of Object.keys(rows[0]).filter((each) => !GIVEN.includes(each))) {
      for (const wrong of [undefined, Symbol("no"), {}]) {
        const put = () => table.columns({ ...rows[0], [field]: wrong });
        assert.throws(put, (error: Error) => error.message.startsWith(field), `${field}`);
      }
    }
    assert.throws(() => table.patch({ nobodysField: 1 }), { code: "invalid" });
  });
}

Deno.test("a table's own words make it, and its insert fills every column that a row has", () => {
  const db = new DatabaseSync(":memory:");
  try {
    db.exec(PAYER_CHANNELS.sql);
    const row = payer({ signed: 12n });
    db.prepare(PAYER_CHANNELS.insert).run(
      ...Object.values(PAYER_CHANNELS.columns(row)) as Exclude<Column, null>[],
    );
    const read = db.prepare("SELECT * FROM payer_channels").get() as Columns;
    assert.deepEqual(PAYER_CHANNELS.row(read), row);
  } finally {
    db.close();
  }
});
