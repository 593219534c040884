/** A store with rows of a given age. */
import { openSqliteStore } from "../../store/sqlite_store.ts";
import type { OpenStore } from "../../store/store.ts";
import type { Change } from "../../store/store.ts";
import type { JobStatus } from "../../protocols/job_status.ts";
import { eventIdOf, incoming, job, outgoing, payer, receiver } from "./store_rows.ts";

export const DAY_MS = 86_400_000;
export const NOW_MS = 100 * DAY_MS;
export const OLD_MS = NOW_MS - 31 * DAY_MS;
export const YOUNG_MS = NOW_MS - 29 * DAY_MS;
export const BEFORE_MS = NOW_MS - 30 * DAY_MS;

interface Home {
  readonly folder: string;
  store: OpenStore;
  nowMs: number;
  reopen(keepDays?: number): Promise<void>;
}

export async function inHome(work: (home: Home) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "ct-" });
  let first = true;
  const clock = () => first ? OLD_MS : home.nowMs;
  const home: Home = {
    folder,
    nowMs: OLD_MS,
    store: await openSqliteStore({ folder, clock, journal: true }),
    async reopen(keepDays) {
      await home.store.close();
      home.store = await openSqliteStore({ folder, clock, keepDays });
    },
  };
  first = false;
  try {
    await work(home);
  } finally {
    await home.store.close();
    await Deno.remove(folder, { recursive: true });
  }
}

export function jobAt(digits: string, atMs: number, status: JobStatus): Change {
  const eventId = eventIdOf(digits);
  return { op: "putJob", row: job({ eventId, status, createdAtMs: atMs, updatedAtMs: atMs }) };
}

export function paid(nonce: number, atMs: number): Change[] {
  const row = outgoing({
    nonce,
    cumulative: 100n * BigInt(nonce),
    obligation: `write:${eventIdOf(`${nonce}`)}`,
    createdAtMs: atMs,
  });
  const sum = 100n * BigInt(nonce);
  return [
    { op: "putOutgoing", row, expect: "absent" },
    {
      op: "putOutgoing",
      row: { ...row, state: "fulfilled", answer: new Uint8Array([1]) },
      expect: "open",
    },
    { op: "putPayerChannel", row: payer({ signed: sum, spent: sum, nonce }) },
  ];
}

export function earned(nonce: number, atMs: number): Change[] {
  const row = incoming({
    nonce,
    obligation: `write:${eventIdOf(`${nonce}`)}`,
    receivedAtMs: atMs,
  });
  const sum = 100n * BigInt(nonce);
  return [
    { op: "putIncoming", row, expect: "absent" },
    {
      op: "putIncoming",
      row: { ...row, state: "fulfilled", answer: new Uint8Array([1]) },
      expect: "held",
    },
    {
      op: "putReceiverChannel",
      row: receiver({ credited: sum, spent: sum, watermark: nonce }),
    },
  ];
}

export const NONE = { jobs: 0, outbox: 0, outgoing: 0, incoming: 0, seen: 0, transactions: 0 };
