/// <reference lib="deno.worker" />
/**
 * Tries accesses in a worker. As in every worker, the product's own host first narrows the global scope.
 */
import { hostWorker, type WorkerScope } from "../../runtime/worker_host.ts";

hostWorker(self as unknown as WorkerScope, { stages: {}, services: {}, locals: {} });

/** An attempt: a kind of access and its target. */
export interface Attempt {
  readonly kind: keyof typeof ATTEMPTS;
  readonly on: string;
}

const ATTEMPTS = {
  read: (path: string) => Deno.stat(path).then(() => Deno.open(path)).then((file) => file.close()),
  write: (path: string) => Deno.writeTextFile(path, ""),
  net: async (host: string) => {
    const { hostname, port } = new URL(`http://${host}`);
    (await Deno.connect({ hostname, port: Number(port) })).close();
  },
  unix: async (path: string) => (await Deno.connect({ transport: "unix", path })).close(),
  fetch: async (host: string) => {
    await (await fetch(`http://${host}/`)).body?.cancel();
  },
  listen: (host: string) => Deno.listen({ hostname: host, port: 0 }).close(),
  run: (command: string) => new Deno.Command(command, { args: ["--version"] }).output(),
  env: (name: string) => Deno.env.get(name),
  sys: () => Deno.hostname(),
  ffi: (path: string) => Deno.dlopen(path, {}),
  import: (specifier: string) => import(specifier),
  sqlite: async (path: string) => new (await import("node:sqlite")).DatabaseSync(path).close(),
  caches: (name: string) => caches.open(name),
  broadcast: (name: string) => new BroadcastChannel(name).close(),
};

self.addEventListener("message", async ({ data }: MessageEvent) => {
  if (data.type !== "probe") return;
  const found: string[] = [];
  for (const { kind, on } of data.attempts as Attempt[]) {
    try {
      await ATTEMPTS[kind](on);
      found.push("allowed");
    } catch (error) {
      found.push((error as Error).name);
    }
  }
  self.postMessage({ type: "probed", found });
});
