/**
 * Measures durable commits on this disk: one at a time, with 64 waiting at once, and, for comparison, with a connection that commits each
 * separately (a store without group commit).
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { openSqliteStore } from "../store/sqlite_store.ts";
import type { Change, Store } from "../store/store.ts";
import type { Figure } from "./figures.ts";

const PREPARE_BYTES = 1_700;
const WAITING = 64;

/** Runs the measurement, about two seconds, in its own folder. */
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
      ...await payments(clock, folder),
    ];
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The payer's commit for one packet: its row and its channel (docs/money.md#packets, write 1). */
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
        writtenOffAtMs: null,
      },
    },
    {
      op: "putPayerChannel",
      row: { channelId, peer: "bench", signed, nonce, spent: 0n, forfeit: 0n },
    },
  ];
}

/** A payment's two commits, write 1 and write 2, with its journal entry, compared with the same without a journal, alternately. */
async function payments(clock: () => number, folder: string): Promise<Figure[]> {
  const open = async (name: string, journal: boolean) => {
    const store = await openSqliteStore({ folder: `${folder}/${name}`, clock: Date.now, journal });
    let nonce = 0;
    const pay = async () => {
      const mine = ++nonce;
      await store.commit(packet(mine));
      await store.commit(outcome(mine, nonce));
    };
    await together(clock, 5, pay);
    return { store, pay, alone: [] as number[], waiting: [] as number[] };
  };
  const sides = [await open("journaled", true), await open("plain", false)] as const;
  for (let round = 0; round < 5; round++) {
    for (const { pay, alone, waiting } of sides) {
      for (let done = 0; done < 60; done++) {
        const startMs = clock();
        await pay();
        alone.push(clock() - startMs);
      }
      waiting.push(await together(clock, 10, pay));
    }
  }
  for (const { store } of sides) await store.close();
  const [journaled, plain] = sides.map(({ alone, waiting }) => ({
    p50: middle(alone),
    rate: middle(waiting),
  }));
  return [
    {
      name: "a payment's durable writes, alone, p50",
      value: journaled.p50,
      unit: "ms",
      compare: { name: "without a journal", value: plain.p50 },
      ratio: plain.p50 / journaled.p50,
    },
    {
      name: `payments written, ${WAITING} at once`,
      value: journaled.rate,
      unit: "1/s",
      compare: { name: "without a journal", value: plain.rate },
      ratio: journaled.rate / plain.rate,
    },
  ];
}

/** The payer's commit for a fulfilled packet (write 2); `last` is the newest signed nonce. */
function outcome(nonce: number, last: number): Change[] {
  const [put, channel] = packet(nonce) as [
    Extract<Change, { op: "putOutgoing" }>,
    Extract<Change, { op: "putPayerChannel" }>,
  ];
  const signed = BigInt(last) * 17_000n;
  return [
    {
      ...put,
      expect: "open",
      row: { ...put.row, state: "fulfilled", answer: new Uint8Array(100) },
    },
    { ...channel, row: { ...channel.row, signed, nonce: last } },
  ];
}

function middle(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
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

/** Commits the same bytes, one synced transaction each, without store or queue. */
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
