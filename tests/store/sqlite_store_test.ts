import { rpcClient } from "../../base/ports/rpc.ts";
import { openSqliteStore } from "../../store/sqlite_store.ts";
import { definition } from "../../store/store_service.ts";
import assert from "node:assert/strict";
import type { Change, Store } from "../../store/store.ts";
import { outgoing } from "./store_rows.ts";
import { storeContract } from "./store_contract.ts";

storeContract("sqliteStore()", async () => {
  const folder = await Deno.makeTempDir();
  const store = await openSqliteStore({ folder, clock: () => 5_000, journal: true });
  return {
    store,
    async done() {
      await store.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
});

storeContract("sqliteStore() for reading, beside its writer", async () => {
  const folder = await Deno.makeTempDir();
  const writer = await openSqliteStore({ folder, clock: () => 5_000, journal: true });
  const reader = await openSqliteStore({ folder, clock: () => 5_000, readOnly: true });
  return {
    store: { ...reader, commit: writer.commit },
    async done() {
      await reader.close();
      await writer.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}, { readsOnly: true });

Deno.test("sqliteStore() names the network of each entry, and the provided part of a total", async () => {
  const folder = await Deno.makeTempDir();
  const open = (network?: string) =>
    openSqliteStore({ folder, clock: () => 5_000, journal: true, network });
  const pay = (nonce: number, kind: number, jobId: string | null): Change[] => {
    const about = { jobId, provider: null, kind, bytes: 10 };
    const row = outgoing({ nonce, amount: 1n << BigInt(nonce), about });
    const answer = new Uint8Array([1]);
    return [
      { op: "putOutgoing", row, expect: "absent" },
      { op: "putOutgoing", row: { ...row, state: "fulfilled", answer }, expect: "open" },
    ];
  };
  try {
    for (
      const [nonce, network, kind, jobId] of [
        [1, undefined, 5601, "job-1"],
        [2, "dev", 6601, "job-2"],
        [3, 'a "quoted" one', 7000, "job-2"],
        [4, "base-sepolia", 31_990, null],
        [5, "dev", 5, null],
        [6, "dev", 5, "job-1"],
      ] as const
    ) {
      const store = await open(network);
      for (const change of pay(nonce, kind, jobId)) await store.commit([change]);
      await store.close();
    }
    const store = await open();
    const entries = await store.listJournal({ order: "oldest", types: ["payment"] });
    assert.deepEqual(entries.map(({ data }) => data.network), [
      undefined,
      "dev",
      'a "quoted" one',
      "base-sepolia",
      "dev",
      "dev",
    ]);
    const { byNetwork } = await store.journalStats({});
    assert.equal(byNetwork.dev.paidUnits, 4n + 32n + 64n);
    assert.equal(byNetwork.none.payments, 1);
    const { provided, spentUnits } = await store.totals();
    assert.deepEqual([provided.spentUnits, spentUnits], [4n + 8n + 16n + 32n, 126n]);
    await store.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

let worker: Worker;
let root: string;

Deno.test.beforeAll(async () => {
  root = await Deno.makeTempDir();
  worker = new Worker(import.meta.resolve("./store_worker.ts"), {
    type: "module",
    deno: { permissions: definition.permissions({ folder: root }) },
  } as WorkerOptions);
});

Deno.test.afterAll(async () => {
  worker.terminate();
  await Deno.remove(root, { recursive: true });
});

let opened = 0;

storeContract("sqliteStore() in a worker under its permissions, over a port", () => {
  const { port1, port2 } = new MessageChannel();
  worker.postMessage({ folder: `${root}/${opened++}`, port: port1 }, [port1]);
  const client = rpcClient<Store & { stop(): Promise<void> }>(port2);
  return Promise.resolve({
    store: client,
    async done() {
      await client.stop();
      client[Symbol.dispose]();
    },
  });
});
