/**
 * A service that is started when somebody calls it for the first time. Clients get their ports before; calls wait there until the
 * worker is ready. Once started it stays until everything is stopped.
 *
 * Held: a port for each client that came before the start.
 *
 * @module
 */
import { type RpcClient, rpcClient } from "../base/ports/rpc.ts";
import type { Connection, ServiceHandle } from "./hosted_service.ts";

/** A service as it runs: what the supervisor's `start` gives, and how a port that a client holds already is given to it. */
interface Awake<Service extends object> {
  readonly handle: ServiceHandle<Service>;
  /** Serves the client at the other end of the port; gives the end of it. */
  readonly serve: (port: MessagePort) => () => void;
}

/**
 * The handle of a service that `start` starts at most once. A start that fails is told to `failed`; the ports of those who wait are
 * closed with it, which ends their calls.
 */
export function lazyService<Service extends object>(
  name: string,
  methods: readonly string[],
  start: () => Promise<Awake<Service>>,
  failed: (error: Error) => void,
): ServiceHandle<Service> {
  const waiting = new Map<MessagePort, { end: (() => void) | null }>();
  const clients = new Set<{ [Symbol.dispose](): void }>();
  let starting: Promise<Awake<Service>> | null = null;
  let stopped = false;

  const wake = () => {
    if (starting !== null || stopped) return;
    starting = start();
    starting.then(({ serve }) => {
      for (const [port, client] of waiting) client.end = serve(port);
      waiting.clear();
    }, (error: Error) => {
      for (const port of waiting.keys()) sayBye(port);
      waiting.clear();
      if (!stopped) failed(error);
    });
  };
  const connect = (): Connection => {
    const { port1, port2 } = new MessageChannel();
    const client: { end: (() => void) | null } = { end: null };
    if (stopped) sayBye(port1);
    else if (starting === null) waiting.set(port1, client);
    else starting.then(({ serve }) => client.end = serve(port1), () => sayBye(port1));
    return {
      port: port2,
      methods,
      close() {
        waiting.delete(port1);
        client.end?.();
      },
    };
  };
  return {
    name,
    wake,
    connect,
    client(): RpcClient<Service> {
      const client = rpcClient<Service>(connect().port, methods, { wake });
      clients.add(client);
      return client;
    },
    async stop() {
      stopped = true;
      for (const port of waiting.keys()) sayBye(port);
      waiting.clear();
      for (const client of clients) client[Symbol.dispose]();
      clients.clear();
      await starting?.then(({ handle }) => handle.stop(), () => undefined);
    },
  };
}

/** What a server says that is gone. */
function sayBye(port: MessagePort): void {
  port.postMessage({ bye: true });
  port.close();
}
