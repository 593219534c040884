/**
 * A write-ahead log that is cut off anywhere: the store opens with only complete commits, and with every one that is in
 * the remaining part of the log.
 */
import assert from "node:assert/strict";
import { openSqliteStore } from "../../store/sqlite_store.ts";
import { checkState } from "../../store/state_check.ts";
import type { Change } from "../../store/store.ts";
import { chainChannel, CHANNEL, eventIdOf, hash, outgoing, payer } from "../store/store_rows.ts";

const SECTOR_BYTES = 512;
const PAYMENTS = 3;
const AMOUNT = 100n;

/** Writes a home with a channel and pays; returns both files and the log's size after each commit. */
async function payingHome(folder: string) {
  const store = await openSqliteStore({ folder, clock: () => 5_000, journal: true });
  const channel = chainChannel({
    status: "open",
    channelId: CHANNEL,
    openedBlockHash: hash("2"),
    openedAtMs: 1_000,
    depositUnits: 1_000n,
    wantedUnits: 1_000n,
  });
  const sizes: number[] = [];
  for (const changes of [[{ op: "putChannel", row: channel }] as const, ...payments()]) {
    await store.commit(changes);
    sizes.push((await Deno.stat(`${folder}/state.db-wal`)).size);
  }
  const log = await Deno.readFile(`${folder}/state.db-wal`);
  const file = await Deno.readFile(`${folder}/state.db`);
  await store.close();
  return { log, file, sizes };
}

/** Two commits each: signed, and fulfilled. */
function payments(): Change[][] {
  return Array.from({ length: PAYMENTS }, (_, at) => at + 1).flatMap((nonce): Change[][] => {
    const signed = AMOUNT * BigInt(nonce);
    const row = outgoing({
      nonce,
      amount: AMOUNT,
      cumulative: signed,
      obligation: `write:${eventIdOf(String(nonce))}`,
    });
    return [
      [
        { op: "putOutgoing", row, expect: "absent" },
        { op: "putPayerChannel", row: payer({ nonce, signed, spent: signed - AMOUNT }) },
      ],
      [
        {
          op: "putOutgoing",
          row: { ...row, state: "fulfilled", answer: new Uint8Array([1]) },
          expect: "open",
        },
        { op: "putPayerChannel", row: payer({ nonce, signed, spent: signed }) },
      ],
    ];
  });
}

/** How many of the payments' commits are there; asserts that they are the first ones, and whole. */
async function commitsIn(folder: string): Promise<number> {
  const store = await openSqliteStore({ folder, clock: () => 5_000 });
  try {
    const row = await store.payerChannel(CHANNEL);
    if (row === null) {
      assert.equal(await store.outgoing(CHANNEL, 1), null);
      return 0;
    }
    const paid = Number(row.spent / AMOUNT);
    assert.equal(row.signed, AMOUNT * BigInt(row.nonce));
    for (let nonce = 1; nonce <= row.nonce; nonce++) {
      const { state } = (await store.outgoing(CHANNEL, nonce))!;
      assert.equal(state, nonce <= paid ? "fulfilled" : "open");
    }
    assert.equal(await store.outgoing(CHANNEL, row.nonce + 1), null);
    const entries = await store.journalAfter(0, 100, 0);
    assert.equal(entries.filter(({ type }) => type === "payment").length, paid);
    return row.nonce + paid;
  } finally {
    await store.close();
  }
}

const damages: readonly {
  readonly name: string;
  /** Each so many sectors. */
  readonly step: number;
  readonly damage: (log: Uint8Array, at: number) => Uint8Array;
}[] = [
  { name: "is cut off", step: 1, damage: (log, at) => log.subarray(0, at) },
  { name: "is zeros from there on", step: 7, damage: (log, at) => log.slice().fill(0, at) },
  {
    name: "has a bit turned there",
    step: 7,
    damage(log, at) {
      const turned = log.slice();
      turned[Math.min(at, log.length - 1)] ^= 1;
      return turned;
    },
  },
];

for (const { name, step, damage } of damages) {
  Deno.test(`the store opens with a prefix of its commits, whatever sector the log ${name} at`, async () => {
    const parent = await Deno.makeTempDir({ prefix: "ct-" });
    try {
      const { log, file, sizes } = await payingHome(`${parent}/live`);
      const found = new Set<number>();
      for (let at = 0; at <= log.length; at += SECTOR_BYTES * step) {
        const folder = `${parent}/at-${at}`;
        await Deno.mkdir(folder, { mode: 0o700 });
        await Deno.writeFile(`${folder}/state.db`, file);
        await Deno.writeFile(`${folder}/state.db-wal`, damage(log, at));
        const commits = await commitsIn(folder);
        // The first commit is the channel's own.
        const synced = sizes.filter((size) => size <= at).length - 1;
        assert.ok(commits >= synced, `${at}: ${commits} of ${synced} commits`);
        if (!found.has(commits)) {
          const { problems } = await checkState({ folder });
          assert.deepEqual(problems, [], `${at}`);
        }
        found.add(commits);
        await Deno.remove(folder, { recursive: true });
      }
      // The log was torn in each of them.
      assert.ok(found.size >= PAYMENTS * 2, `${[...found]}`);
    } finally {
      await Deno.remove(parent, { recursive: true });
    }
  });
}
