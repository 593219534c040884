/**
 * A service in its own worker, for example the store or the signer. If it dies, the process must exit, because the service's state (the
 * store's lock, unlocked keys) cannot move to another worker unnoticed by its clients.
 *
 * @module
 */
import { type RpcClient, rpcClient } from "../base/ports/rpc.ts";
import type { WorkerLease } from "./worker_leases.ts";

/** A connection to the service for one client. */
export interface Connection {
  /** The client's end. */
  readonly port: MessagePort;
  /** Names of the methods that may be called. */
  readonly methods: readonly string[];
  /** Closes it on the service's side, so that a client in a worker that was given up can no longer call. */
  readonly close: () => void;
}

/** A service as the supervisor provides it. */
// deno-lint-ignore no-explicit-any
export interface ServiceHandle<Service extends object = any> {
  /** Its name in the service table. */
  readonly name: string;
  /** Starts a service that starts on demand; absent if it runs from the beginning. */
  readonly wake?: () => void;
  /** Makes a client for the main thread. */
  client(): RpcClient<Service>;
  /** Makes a port for a client elsewhere. */
  connect(): Connection;
  /**
   * Closes the clients of the main thread after the worker has died: a port does not report that, so their calls would wait for ever. Absent
   * if there is no worker.
   */
  readonly lost?: () => void;
  /** Stops the service and its worker. The supervisor's `stop` does this for all services. */
  stop(): Promise<void>;
}

/** A service that starts on demand, and whose options may change. */
// deno-lint-ignore no-explicit-any
export interface RenewableService<Service extends object = any, Options = any>
  extends ServiceHandle<Service> {
  /**
   * Gives it other options, and so other permissions. A running worker ends as soon as no call is in progress; the next call starts one with
   * these options. No call is lost or made twice. Resolves when no worker has the earlier options.
   */
  renew(options: Options): Promise<void>;
}

/** A client that the service's worker serves. */
export interface Served {
  /** Its number in the worker. */
  readonly client: number;
  /** Ends it. */
  readonly end: () => void;
}

/** A running service. */
export interface HostedService<Service extends object> extends ServiceHandle<Service> {
  /** Serves the client at the other end of a port. */
  serve(port: MessagePort): Served;
  /**
   * If the service is idle, moves every client to another port; then the worker serves nobody and should be stopped. Returns false if a
   * call arrived meanwhile: then the clients stay, and the ports are not used. `anyway`: also if the service itself would stay.
   */
  rest(ports: ReadonlyMap<number, MessagePort>, anyway?: boolean): Promise<boolean>;
  /** Receives the worker's answer to {@link rest}. */
  rested(rests: boolean): void;
}

/** Makes the handle of a service that is ready in its worker, where it is the unit `unit`. */
export function hostedService<Service extends object>(
  name: string,
  unit: string,
  worker: Pick<WorkerLease, "post" | "stop">,
  methods: readonly string[],
): HostedService<Service> {
  const clients = new Set<{ [Symbol.dispose](): void }>();
  let nextClient = 0;
  let answer: ((rests: boolean) => void) | null = null;
  const serve = (port: MessagePort): Served => {
    const client = nextClient++;
    worker.post({ type: "connect", unit, client, port }, [port]);
    return { client, end: () => worker.post({ type: "disconnect", unit, client }) };
  };
  const connect = (): Connection => {
    const { port1, port2 } = new MessageChannel();
    return { port: port2, methods, close: serve(port1).end };
  };
  const lost = () => {
    for (const client of clients) client[Symbol.dispose]();
    clients.clear();
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
    rest(ports, anyway = false) {
      const entries = [...ports].map(([client, port]) => ({ client, port }));
      return new Promise((resolve) => {
        answer = resolve;
        const message = { type: "rest", unit, ports: entries } as const;
        worker.post({ ...message, ...anyway && { anyway } }, [...ports.values()]);
      });
    },
    rested(rests) {
      answer?.(rests);
      answer = null;
    },
    lost,
    async stop() {
      await worker.stop();
      lost();
    },
  };
}
