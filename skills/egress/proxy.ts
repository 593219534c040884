/**
 * The way out of a job whose skill may reach some hosts: a proxy in a process of its own, on the host's side. The job reaches it by a
 * unix socket in its sandbox, and has no other network.
 *
 * For each connection the name is resolved here, once; every address that it has must be public ({@link ./public_address.ts}) and in
 * no network of this machine's ({@link ./own_networks.ts}); then the connection goes to such an address and not to the name, so that a
 * second answer changes nothing. Names that are not on the list are not even looked up.
 *
 * Held: 64 connections at once; more are refused. After 20,000 in all nothing listens any more: what the proxy takes of the machine is not
 * counted as the job's.
 *
 * @module
 */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { isListed, type Target } from "./allowed_hosts.ts";
import { serveConnection } from "./connection.ts";
import { ownNetworks } from "./own_networks.ts";
import { isPublicAddress } from "./public_address.ts";
import { RequestRefusal } from "./request_head.ts";

/** What a proxy allows. */
interface ProxyOptions {
  /** Where it listens; nothing is there yet. */
  readonly socket: string;
  /** As in `permissions.net` of the skill. */
  readonly list: readonly string[];
  /** Of both directions together. */
  readonly maxBytes: number;
  /** How long a head may take, milliseconds; 10 s unless told. */
  readonly headMs?: number;
}

/** What went through. */
export interface ProxyUsage {
  /** Requests that got their connection. */
  readonly requests: number;
  /** Requests that did not. */
  readonly refused: number;
  /** From the job. */
  readonly bytesOut: number;
  /** To the job. */
  readonly bytesIn: number;
}

/** At once. */
const MAX_CONNECTIONS = 64;
const MAX_CONNECTIONS_IN_ALL = 20_000;
const CONNECT_MS = 10_000;
const IDLE_MS = 60_000;

/** Serves until `end` comes; says `ready` when it listens, and its usage at the end. */
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
    const connected = await connect(target);
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

async function connect({ host, port }: Target): Promise<Deno.TcpConn> {
  const addresses = await within(resolve(host), `${host} cannot be resolved`);
  // Asked each time: a machine gets other addresses while a job runs.
  const isOwn = ownNetworks(Deno.networkInterfaces());
  if (!addresses.every((address) => isPublicAddress(address) && !isOwn(address))) {
    throw new RequestRefusal(403, `${host} is an address that jobs may not reach`);
  }
  for (const hostname of addresses) {
    const opened = Deno.connect({ hostname, port });
    try {
      return await within(opened, `${host}:${port} does not answer`);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      // One that comes later is not kept.
      opened.then(close, () => undefined);
    }
  }
  throw new RequestRefusal(502, `${host}:${port} does not answer`);
}

/** Every address of the host, at most eight; at least one. */
async function resolve(host: string): Promise<string[]> {
  if (isIP(host) !== 0) return [host];
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
