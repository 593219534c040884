/**
 * A service that starts at its first call. Clients get their ports before that, and their calls wait there until the worker is ready. An
 * idle service may rest: each client gets a port where its next calls wait, the worker ends, and the next call starts another worker. If
 * the resting worker did not accept a call any more, the client, which has no answer, makes the call again at the new port.
 *
 * Held: a port for each client while no worker serves it.
 *
 * @module
 */
import { pause } from "../base/pause.ts";
import { RECEIVED, type RpcClient, rpcClient } from "../base/ports/rpc.ts";
import type { Connection, HostedService, Served, ServiceHandle } from "./hosted_service.ts";

/** A client: the service's end of its port while no worker serves it, or the worker's record of it. */
interface Client {
  held: MessagePort | null;
  served: Served | null;
}

/** A service that starts on demand. */
interface LazyService<Service extends object> extends ServiceHandle<Service> {
  /** Ends its worker as soon as no call is in progress, so that the next call starts another one. Resolves when it has ended. */
  renew(): Promise<void>;
}

/** How soon it is tried again to end a worker that is at work. */
const RENEW_AGAIN_MS = 100;

/**
 * Makes the handle of a service. `start` starts it, at most one at a time, and reports when it is idle. If a start fails, `failed` gets the
 * error, the ports of waiting clients are closed, which rejects their calls, and the service is not started again. `tellRest` is called each
 * time when the worker has ended, and when the next one starts.
 */
export function lazyService<Service extends object>(
  name: string,
  methods: readonly string[],
  start: (idle: () => void) => Promise<HostedService<Service>>,
  failed: (error: Error) => void,
  tellRest: (resting: boolean) => void = () => {},
): LazyService<Service> {
  const clients = new Set<Client>();
  const own = new Set<RpcClient<Service>>();
  let state: "asleep" | "starting" | "awake" | "resting" | "failed" | "stopped" = "asleep";
  let running: HostedService<Service> | null = null;
  let starting: Promise<void> | null = null;
  // Set if a call arrived while the service was going to rest.
  let wanted = false;

  const wake = () => {
    if (state === "resting") wanted = true;
    if (state !== "asleep") return;
    state = "starting";
    tellRest(false);
    starting = start(() => void rest()).then((service) => {
      running = service;
      if (state !== "starting") return;
      state = "awake";
      serveHeld();
    }, (error: Error) => {
      if (state !== "starting") return;
      state = "failed";
      dismissHeld();
      failed(error);
    });
  };
  const serveHeld = () => {
    for (const client of clients) {
      if (client.held === null) continue;
      client.served = running!.serve(client.held);
      client.held = null;
    }
  };
  const isRunning = () => state === "awake" || state === "resting";
  const dismissHeld = () => {
    for (const { held } of clients) if (held !== null) sayBye(held);
    clients.clear();
  };

  const end = () => {
    dismissHeld();
    for (const client of own) client[Symbol.dispose]();
    own.clear();
  };

  const rest = async (anyway = false) => {
    if (state !== "awake") return;
    state = "resting";
    wanted = false;
    const [given, held] = [new Map<number, MessagePort>(), new Map<Client, MessagePort>()];
    for (const client of clients) {
      const { port1, port2 } = new MessageChannel();
      given.set(client.served!.client, port2);
      held.set(client, port1);
    }
    const rests = await running!.rest(given, anyway);
    if (state !== "resting") {
      for (const port of held.values()) sayBye(port);
      return;
    }
    if (!rests) {
      state = "awake";
      for (const port of held.values()) port.close();
      return serveHeld();
    }
    for (const [client, port] of held) {
      if (clients.has(client)) Object.assign(client, { held: port, served: null });
      else sayBye(port);
    }
    await running!.stop();
    running = null;
    if (state !== "resting") return;
    state = "asleep";
    if (wanted) wake();
    else tellRest(true);
  };

  const connect = (): Connection => {
    const { port1, port2 } = new MessageChannel();
    const client: Client = { held: null, served: null };
    if (state === "stopped" || state === "failed") sayBye(port1);
    else {
      clients.add(client);
      if (state === "awake") client.served = running!.serve(port1);
      else client.held = port1;
    }
    return {
      port: port2,
      methods,
      close() {
        clients.delete(client);
        client.served?.end();
        client.held?.close();
      },
    };
  };
  return {
    name,
    wake,
    connect,
    async renew() {
      // Calls of this thread that were made before reach the worker that runs.
      await Promise.all([...own].map((client) => client[RECEIVED]()));
      await starting;
      // A call in progress is waited for. A rest that began before may end in a start, which has the new options.
      while (isRunning()) {
        await rest(true);
        if (isRunning()) await pause(RENEW_AGAIN_MS);
      }
    },
    client(): RpcClient<Service> {
      const client = rpcClient<Service>(connect().port, methods, { wake });
      own.add(client);
      return client;
    },
    lost() {
      if (state !== "stopped") state = "failed";
      running = null;
      end();
    },
    async stop() {
      state = "stopped";
      end();
      await starting;
      await running?.stop();
    },
  };
}

/** The message of a server that has ended. */
function sayBye(port: MessagePort): void {
  port.postMessage({ bye: true });
  port.close();
}
