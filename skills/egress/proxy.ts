/**
 * The proxy of a job whose skill may reach some hosts. It runs in its own process outside the sandbox. The job reaches it by a unix socket
 * in its sandbox, and has no other network.
 *
 * For each connection, the proxy resolves the name once. Every address of the name must be public ({@link ../../base/public_address.ts}) and in no
 * network of this machine ({@link ./own_networks.ts}), unless the list names exactly this private address, or `localhost`. The proxy connects
 * to one of these addresses, not to the name, so that a different second DNS answer has no effect. Names that are not on the list are not
 * resolved.
 *
 * Held: 64 connections at the same time; more are refused. After 20,000 connections the proxy stops listening, because the resources that
 * it uses do not count as the job's.
 *
 * @module
 */
import { lookup } from "node:dns/promises";
import { ipVersion } from "../../base/ip_version.ts";
import { isListed, namedLocally, type Target } from "./allowed_hosts.ts";
import { serveConnection } from "./connection.ts";
import { ownNetworks } from "./own_networks.ts";
import { isPublicAddress } from "../../base/public_address.ts";
import { RequestRefusal } from "./request_head.ts";

/** The options of a proxy. */
interface ProxyOptions {
  /** The path of its socket, which must not exist yet. */
  readonly socket: string;
  /** The allowed hosts, as in `permissions.net` of the skill. */
  readonly list: readonly string[];
  /** The most bytes of both directions together. */
  readonly maxBytes: number;
  /** The longest time for a head, in milliseconds. Default: 10 s. */
  readonly headMs?: number;
}

/** The usage of a proxy. */
export interface ProxyUsage {
  /** Requests that were connected. */
  readonly requests: number;
  /** Requests that were refused. */
  readonly refused: number;
  /** Bytes from the job. */
  readonly bytesOut: number;
  /** Bytes to the job. */
  readonly bytesIn: number;
}

/** The most connections at the same time. */
const MAX_CONNECTIONS = 64;
const MAX_CONNECTIONS_IN_ALL = 20_000;
const CONNECT_MS = 10_000;
const IDLE_MS = 60_000;

/** Serves until `end` resolves. Calls `say` with `ready` when it listens, and with its usage at the end. */
export async function runProxy(
  options: ProxyOptions,
  end: Promise<unknown>,
  say: (line: string) => void,
): Promise<void> {
  const usage = { requests: 0, refused: 0, bytesOut: 0, bytesIn: 0 };
  const clients = new Set<Deno.Conn>();
  const count = (direction: "in" | "out", bytes: number) => {
    if (usage.bytesIn + usage.bytesOut + bytes > options.maxBytes) {
      throw new RequestRefusal(403, `the job has used its ${options.maxBytes} bytes of network`);
    }
    usage[direction === "in" ? "bytesIn" : "bytesOut"] += bytes;
  };
  const open = async (target: Target) => {
    if (!isListed(options.list, target)) {
      throw new RequestRefusal(403, `${target.host}:${target.port} is not on the skill's list`);
    }
    count("out", 0);
    const connected = await connect(target, namedLocally(options.list, target));
    usage.requests++;
    return connected;
  };
  const listener = Deno.listen({ transport: "unix", path: options.socket });
  end.then(() => {
    close(listener);
    for (const client of clients) close(client);
  });
  say("ready");
  let left = MAX_CONNECTIONS_IN_ALL;
  try {
    for await (const client of listener) {
      if (--left === 0) close(listener);
      if (clients.size >= MAX_CONNECTIONS) {
        usage.refused++;
        close(client);
        continue;
      }
      clients.add(client);
      const times = { headMs: options.headMs ?? 10_000, idleMs: IDLE_MS };
      void serveConnection(client, { open, count, times }).then((served) => {
        if (!served) usage.refused++;
        clients.delete(client);
      });
    }
    await end;
  } finally {
    say(JSON.stringify(usage satisfies ProxyUsage));
  }
}

async function connect(
  { host, port }: Target,
  named: readonly string[] | null,
): Promise<Deno.TcpConn> {
  const addresses = named ?? await publicAddresses(host);
  for (const hostname of addresses) {
    const opened = Deno.connect({ hostname, port });
    try {
      return await within(opened, `${host}:${port} does not answer`);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      // If the connection is made later, it is closed.
      opened.then(close, () => undefined);
    }
  }
  throw new RequestRefusal(502, `${host}:${port} does not answer`);
}

/** The addresses of a host that is not named as one of this machine or its network. Throws RequestRefusal if one of them is. */
async function publicAddresses(host: string): Promise<readonly string[]> {
  const addresses = await within(resolve(host), `${host} cannot be resolved`);
  // The interfaces are read each time, because the machine's addresses may change while a job runs.
  const isOwn = ownNetworks(Deno.networkInterfaces());
  if (!addresses.every((address) => isPublicAddress(address) && !isOwn(address))) {
    throw new RequestRefusal(403, `${host} is an address that jobs may not reach`);
  }
  return addresses;
}

/** The addresses of the host: at least one, at most eight. */
async function resolve(host: string): Promise<string[]> {
  if (ipVersion(host) !== 0) return [host];
  const found = await lookup(host, { all: true });
  if (found.length === 0) throw new RequestRefusal(502, `${host} has no address`);
  return found.map(({ address }) => address).slice(0, 8);
}

async function within<T>(work: Promise<T>, otherwise: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new RequestRefusal(504, otherwise)), CONNECT_MS);
  });
  try {
    return await Promise.race([work, late]);
  } catch (error) {
    if (error instanceof RequestRefusal) throw error;
    throw new RequestRefusal(502, otherwise);
  } finally {
    clearTimeout(timer);
  }
}

function close(held: Deno.Conn | Deno.Listener): void {
  try {
    held.close();
  } catch { /* it is closed */ }
}
