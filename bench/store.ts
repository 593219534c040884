/**
 * Measures durable commits on this disk: alone, with 64 waiting at once, and with one connection that commits each by itself
 * as the other side (what a store without group commit would do).
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { openSqliteStore } from "../services/store/sqlite_store.ts";
import type { Change, Store } from "../services/store/store.ts";
import type { Figure } from "./figures.ts";

const PREPARE_BYTES = 1_700;
const WAITING = 64;

/** Runs the measurement, about two seconds, in a folder of its own. */
export async function benches(
  clock: () => number = () => performance.now(),
): Promise<readonly Figure[]> {
  const folder = await Deno.makeTempDir();
  try {
    const store = await openSqliteStore({ folder: `${folder}/store`, clock: Date.now });
    let nonce = 0;
    const commit = () => store.commit(packet(++nonce));
    await together(clock, 10, commit);
    const alone = await oneByOne(clock, 300, commit);
    const waiting = await together(clock, 100, commit);
    await check(store, nonce);
    await store.close();
    const naive = singly(clock, `${folder}/naive.db`, 300);
    return [
      {
        name: `durable commits, ${WAITING} waiting`,
        value: waiting,
        unit: "1/s",
        compare: { name: "a transaction each", value: naive },
        ratio: waiting / naive,
      },
      {
        name: "durable commits, alone",
        value: alone,
        unit: "1/s",
        compare: { name: "a transaction each", value: naive },
        ratio: alone / naive,
      },
    ];
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What the payer commits for one packet: its row and its channel (MONEY 1, W1). */
function packet(nonce: number): Change[] {
  const signed = BigInt(nonce) * 17_000n;
  const channelId = `0x${"c".repeat(64)}`;
  return [
    {
      op: "putOutgoing",
      expect: "absent",
      row: {
        channelId,
        nonce,
        cumulative: signed,
        amount: 17_000n,
        claim: new Uint8Array(600),
        prepare: new Uint8Array(PREPARE_BYTES),
        condition: new Uint8Array(32),
        obligation: `write:${nonce}`,
        state: "open",
        expiresAtMs: 0,
        createdAtMs: 0,
        incoming: null,
        answer: null,
        about: null,
      },
    },
    {
      op: "putPayerChannel",
      row: { channelId, peer: "bench", signed, nonce, spent: 0n, forfeit: 0n },
    },
  ];
}

async function oneByOne(clock: () => number, count: number, commit: () => Promise<void>) {
  const start = clock();
  for (let done = 0; done < count; done++) await commit();
  return count * 1_000 / (clock() - start);
}

async function together(clock: () => number, rounds: number, commit: () => Promise<void>) {
  const start = clock();
  const worker = async () => {
    for (let done = 0; done < rounds; done++) await commit();
  };
  await Promise.all(Array.from({ length: WAITING }, worker));
  return rounds * WAITING * 1_000 / (clock() - start);
}

async function check(store: Store, nonce: number): Promise<void> {
  const { openOutgoing } = await store.totals();
  if (openOutgoing !== nonce) throw new Error(`${openOutgoing} rows of ${nonce} commits`);
}

/** The same bytes, a synced transaction each, without store or queue. */
function singly(clock: () => number, path: string, count: number): number {
  const db = new DatabaseSync(path);
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  db.exec("CREATE TABLE packet (nonce INTEGER PRIMARY KEY, claim BLOB, prepare BLOB) STRICT");
  const insert = db.prepare("INSERT INTO packet VALUES (?, ?, ?)");
  const start = clock();
  for (let nonce = 0; nonce < count; nonce++) {
    db.exec("BEGIN IMMEDIATE");
    insert.run(nonce, new Uint8Array(600), new Uint8Array(PREPARE_BYTES));
    db.exec("COMMIT");
  }
  const rate = count * 1_000 / (clock() - start);
  db.close();
  return rate;
}
