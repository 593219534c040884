import { rpcClient } from "../../../services/port/rpc.ts";
import { openSqliteStore } from "../../../services/store/sqlite_store.ts";
import { definition } from "../../../services/store/store_service.ts";
import type { Store } from "../../../services/store/store.ts";
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
