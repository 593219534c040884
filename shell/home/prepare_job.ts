/**
 * Prepares a home for a job while the command that plans it loads. The process that serves the home starts its workers that rest. If there
 * is none, the modules that open a home are loaded.
 *
 * @module
 */
import { remoteHome } from "../../home/control/remote_home.ts";
import { daemonOf } from "./daemon_of.ts";

/** Begins, on a connection of its own. It ends with the answer, or when it is disposed of. */
export function prepareJob(socket: string, connect = daemonOf): AsyncDisposable {
  const over = new AbortController();
  const told = (async () => {
    const client = await connect(socket);
    if (client === null) return void await import("./open_here.ts");
    try {
      await remoteHome(client).prepareJob(null, { signal: over.signal, progress: () => undefined });
    } finally {
      client.close();
    }
  })().catch(() => undefined);
  return {
    async [Symbol.asyncDispose]() {
      over.abort();
      await told;
    },
  };
}
