import { rpcClient, serveRpc } from "../../../services/port/rpc.ts";
import { openSqliteStore } from "../../../services/store/sqlite_store.ts";
import { definition, STORE_METHODS } from "../../../services/store/store_service.ts";
import type { Store } from "../../../services/store/store.ts";
import { storeContract } from "./store_contract.ts";

const clock = () => 5_000;

async function inFolder(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await Deno.makeTempDir();
  return { folder, remove: () => Deno.remove(folder, { recursive: true }) };
}

storeContract("sqliteStore()", async () => {
  const { folder, remove } = await inFolder();
  const store = await openSqliteStore({ folder, clock });
  return { store, done: () => store.close().then(remove) };
});

storeContract("sqliteStore() over a port", async () => {
  const { folder, remove } = await inFolder();
  const store = await definition.start({ folder }, {}, { clock });
  const { port1, port2 } = new MessageChannel();
  const server = serveRpc(port1, store, { methods: STORE_METHODS });
  const client = rpcClient<Store>(port2, STORE_METHODS);
  return {
    store: client,
    async done() {
      server.close();
      client[Symbol.dispose]();
      await definition.stop(store);
      await remove();
    },
  };
});
