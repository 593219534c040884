/**
 * A service in its own worker, for example the store or the signer. Its death is fatal to the process, because its state (the store's
 * lock, unlocked keys) cannot move to another worker without its clients noticing.
 *
 * @module
 */
import { type RpcClient, rpcClient } from "../base/ports/rpc.ts";
import type { SupervisedWorker } from "./supervised_worker.ts";

/** A way to the service, for one client. */
export interface Connection {
  /** The client's end. */
  readonly port: MessagePort;
  /** What may be called. */
  readonly methods: readonly string[];
  /** Ends it at the service's side, so that a client that was given up can call no more. */
  readonly close: () => void;
}

/** A service as the supervisor hands it out. */
// deno-lint-ignore no-explicit-any
export interface ServiceHandle<Service extends object = any> {
  /** Its name in the service table. */
  readonly name: string;
  /** Starts a service that waits until it is needed; absent where it runs from the beginning. */
  readonly wake?: () => void;
  /** A client for the main thread. */
  client(): RpcClient<Service>;
  /** A port for somebody else's client. */
  connect(): Connection;
  /** Stops the service and ends its worker; the supervisor's `stop` does so for all. */
  stop(): Promise<void>;
}

/** One client as the service's worker serves it. */
export interface Served {
  /** Its number there. */
  readonly client: number;
  /** Ends it. */
  readonly end: () => void;
}

/** A service that runs. */
export interface HostedService<Service extends object> extends ServiceHandle<Service> {
  /** Serves the client at the other end of a port. */
  serve(port: MessagePort): Served;
  /**
   * Has every client go on at another port, where the service is idle; the worker serves nobody then and is to be stopped. False where
   * it got a call meanwhile: the clients stay, and their ports are not used.
   */
  rest(ports: ReadonlyMap<number, MessagePort>): Promise<boolean>;
  /** What the worker answered to {@link rest}. */
  rested(rests: boolean): void;
}

/** Makes the handle of a service that is ready in its worker. */
export function hostedService<Service extends object>(
  name: string,
  worker: SupervisedWorker,
  methods: readonly string[],
): HostedService<Service> {
  const clients = new Set<{ [Symbol.dispose](): void }>();
  let nextClient = 0;
  let answer: ((rests: boolean) => void) | null = null;
  const serve = (port: MessagePort): Served => {
    const client = nextClient++;
    worker.post({ type: "connect", unit: name, client, port }, [port]);
    return { client, end: () => worker.post({ type: "disconnect", unit: name, client }) };
  };
  const connect = (): Connection => {
    const { port1, port2 } = new MessageChannel();
    return { port: port2, methods, close: serve(port1).end };
  };
  return {
    name,
    serve,
    connect,
    client() {
      const { port } = connect();
      const client = rpcClient<Service>(port, methods);
      clients.add(client);
      return client;
    },
    rest(ports) {
      const entries = [...ports].map(([client, port]) => ({ client, port }));
      return new Promise((resolve) => {
        answer = resolve;
        worker.post({ type: "rest", unit: name, ports: entries }, [...ports.values()]);
      });
    },
    rested(rests) {
      answer?.(rests);
      answer = null;
    },
    async stop() {
      await worker.stop();
      for (const client of clients) client[Symbol.dispose]();
      clients.clear();
    },
  };
}
