/** A home with a journal: an open channel, a job with its provider, and the job's payments. */
import { startAuditWork } from "../../../trail/audit/audit_work.ts";
import { openSqliteStore } from "../../../store/sqlite_store.ts";
import type { Change } from "../../../store/store.ts";
import { LONG_MS, NAMES } from "../../trail/audit/audit_home.ts";
import { checkpointSigner } from "../../trail/recovery/audited_home.ts";
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
} from "../../store/store_rows.ts";

export const START_MS = Date.parse("2026-02-17T23:00:00Z");
export const PROVIDER = "f".repeat(64);
export const DEPOSIT = 50_000_000n;

export interface PaymentsHome extends AsyncDisposable {
  readonly root: string;
  /** `hooks/mayor-001/crosstown`. */
  readonly folder: string;
}

/**
 * `payments` writes of 100 units, one an hour from 23:00 on, the odd ones of the job; one that was earned at 23:30, and one that is
 * still open. With a `network`, the entries say that they are of it.
 */
export async function paymentsHome(payments: number, network?: string): Promise<PaymentsHome> {
  const root = await Deno.makeTempDir({ prefix: "ct-" });
  const folder = `${root}/hooks/mayor-001/crosstown`;
  let nowMs = START_MS;
  await Deno.mkdir(folder, { recursive: true });
  const store = await openSqliteStore({ folder, clock: () => nowMs, journal: true, network });
  await store.commit([
    {
      op: "putChannel",
      row: chainChannel({
        status: "open",
        channelId: CHANNEL,
        openedBlockHash: hash("2"),
        openedAtMs: START_MS,
        depositUnits: DEPOSIT,
        wantedUnits: DEPOSIT,
      }),
    },
    {
      op: "putJob",
      row: job({ provider: PROVIDER, createdAtMs: START_MS, updatedAtMs: START_MS }),
    },
  ]);
  for (let nonce = 1; nonce <= payments; nonce++) {
    nowMs = START_MS + (nonce - 1) * 3_600_000;
    await store.commit(paid(nonce));
    if (nonce > 1) continue;
    nowMs += 1_800_000;
    await store.commit(EARNED);
  }
  await store.commit([open(payments + 1), {
    op: "putPayerChannel",
    row: figures(payments + 1, payments),
  }]);
  await store.close();
  return {
    root,
    folder,
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}

function open(nonce: number): Extract<Change, { op: "putOutgoing" }> {
  return {
    op: "putOutgoing",
    row: outgoing({
      nonce,
      cumulative: BigInt(nonce) * 100n,
      obligation: `write:${eventIdOf(`e${nonce}`)}`,
      about: {
        provider: null,
        jobId: nonce % 2 === 1 ? "job-5abc123" : null,
        kind: 5601,
        bytes: 10,
      },
    }),
    expect: "absent",
  };
}

function figures(signed: number, spent: number) {
  return payer({ signed: BigInt(signed) * 100n, nonce: signed, spent: BigInt(spent) * 100n });
}

function paid(nonce: number): Change[] {
  const { row } = open(nonce);
  return [
    open(nonce),
    {
      op: "putOutgoing",
      row: { ...row, state: "fulfilled", answer: new Uint8Array([9]) },
      expect: "open",
    },
    { op: "putPayerChannel", row: figures(nonce, nonce) },
  ];
}

const EARNED: Change[] = [
  { op: "putIncoming", row: incoming({ amount: 7n, obligation: `write:${eventIdOf("a")}` }) },
  {
    op: "putIncoming",
    row: incoming({
      amount: 7n,
      obligation: `write:${eventIdOf("a")}`,
      state: "fulfilled",
      answer: new Uint8Array([9]),
    }),
    expect: "held",
  },
  { op: "putReceiverChannel", row: receiver({ credited: 7n, watermark: 1, spent: 7n }) },
];

/** The same, followed into log and git, with a checkpoint. */
export async function auditedPaymentsHome(payments: number): Promise<PaymentsHome> {
  const home = await paymentsHome(payments);
  const { folder } = home;
  const store = await openSqliteStore({ folder, clock: () => START_MS, journal: true });
  const audit = startAuditWork(
    { folder, path: Deno.env.get("PATH")!, names: NAMES },
    { store, signer: checkpointSigner() },
    { clock: Date.now, log: () => {} },
  );
  await audit.drain(LONG_MS);
  await audit.close();
  await store.close();
  return home;
}
