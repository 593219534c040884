/** Serves stores in a worker with the permission of one folder, each over the port that it is given. */
/// <reference lib="deno.worker" />
import { serveRpc } from "../../base/ports/rpc.ts";
import { definition } from "../../store/store_service.ts";

self.onmessage = async ({ data }: MessageEvent<{ folder: string; port: MessagePort }>) => {
  const store = await definition.start({ folder: data.folder, journal: true }, {}, {
    clock: () => 5_000,
  });
  serveRpc(data.port, {
    ...store,
    stop: () => definition.stop(store),
  }, { methods: [...definition.methods, "stop"] });
};
