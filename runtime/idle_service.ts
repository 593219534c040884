/**
 * Detects in the worker that a service has been idle for a while. It tells the supervisor, which may then move the clients elsewhere.
 *
 * @module
 */
import type { RpcServer } from "../base/ports/rpc.ts";
import type { ServiceDefinition } from "../base/service.ts";

/** A running service and its clients. */
export interface ServiceAtWork {
  readonly definition: ServiceDefinition;
  readonly implementation: object;
  readonly clients: Map<number, RpcServer>;
}

/** How many times it is checked during the time after which it may rest. */
const LOOKS = 2;

/** Calls `idle` if no call was in progress for `afterMs`, and again after each further such time, until the signal aborts. */
export function tellIdle(
  service: ServiceAtWork,
  afterMs: number,
  signal: AbortSignal,
  idle: () => void,
): void {
  let [seen, quiet] = [-1, 0];
  const timer = setInterval(() => {
    const taken = [...service.clients.values()].reduce((sum, each) => sum + each.taken, 0);
    quiet = taken === seen && mayRest(service) ? quiet + 1 : 0;
    seen = taken;
    if (quiet < LOOKS) return;
    quiet = 0;
    idle();
  }, afterMs / LOOKS);
  signal.addEventListener("abort", () => clearInterval(timer));
}

/**
 * Moves each client to its port if no call is in progress. Otherwise closes the ports and returns false. `anyway`: also if the service itself
 * would stay.
 */
export function moveClients(
  service: ServiceAtWork,
  ports: readonly { readonly client: number; readonly port: MessagePort }[],
  anyway = false,
): boolean {
  const rests = anyway ? isQuiet(service) : mayRest(service);
  for (const { client, port } of ports) {
    const server = service.clients.get(client);
    if (!rests || server === undefined) port.close();
    else server.move(port);
    if (rests) service.clients.delete(client);
  }
  return rests;
}

function mayRest(service: ServiceAtWork): boolean {
  const { definition, implementation } = service;
  return isQuiet(service) && (definition.mayRest?.(implementation) ?? true);
}

function isQuiet({ clients }: ServiceAtWork): boolean {
  return [...clients.values()].every(({ waiting }) => waiting === 0);
}
