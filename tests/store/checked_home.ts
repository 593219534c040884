/** A home whose state is checked, and changes to its files by somebody else. */
import { DatabaseSync } from "node:sqlite";
import { openSqliteStore } from "../../store/sqlite_store.ts";
import type { Change } from "../../store/store.ts";
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

export const EVENTS = ["1", "2", "3", "4"].map((digit) => eventIdOf(digit));

/** A home with an open channel that paid four times and was paid once: entries 1 to 7, the fifth under a checkpoint. */
export async function home(work: (folder: string) => Promise<void>): Promise<void> {
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

export function paid(nonce: number, eventId: string): Change[] {
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
export function tamper(folder: string, sql: string): void {
  const file = new DatabaseSync(`${folder}/state.db`);
  for (
    const { name } of file.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").all()
  ) {
    file.exec(`DROP TRIGGER ${name}`);
  }
  file.exec(sql);
  file.close();
}
