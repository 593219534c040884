/**
 * The list of hosts in a skill's `permissions.net`: `host`, `host:port`, `*.host`, an IP address, or `*` for every public host. This machine
 * and its network can be reached only by an entry that names exactly that: `localhost`, or a private address.
 *
 * @module
 */
import { ipVersion } from "../../base/ip_version.ts";
import {
  CLOSED_RANGES,
  isLocalAddress,
  isPublicAddress,
  without,
} from "../../base/public_address.ts";

/** The ports of an entry without a port. */
const PORTS: readonly number[] = [80, 443];

/** The destination of a request. */
export interface Target {
  /** In lower case, without brackets. */
  readonly host: string;
  readonly port: number;
}

/**
 * Reads the `host:port` of a CONNECT or of a URL; null if it is invalid. Only plain names and addresses in their usual form are accepted:
 * no user, no dot at the end, and no number that a resolver would interpret as an address.
 */
export function parseTarget(authority: string, defaultPort: number | null): Target | null {
  const found = /^(?:\[([0-9a-f:.]{2,45})\]|([a-z0-9_.-]{1,253}))(?::([1-9][0-9]{0,4}))?$/i
    .exec(authority);
  if (found === null) return null;
  const [, six, name, digits] = found;
  const host = (six ?? name).toLowerCase();
  const port = digits === undefined ? defaultPort : Number(digits);
  if (port === null || port > 65_535) return null;
  if (six !== undefined) return ipVersion(six) === 6 ? { host, port } : null;
  const labels = host.split(".");
  if (labels.some((label) => !/^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label))) return null;
  // If the last label is a number, the name is an address in one of its many forms.
  if (/^(0x[0-9a-f]*|[0-9]+)$/.test(labels.at(-1)!) && ipVersion(host) !== 4) return null;
  return { host, port };
}

/** Whether the list contains the target. The proxy then also checks the target's addresses. */
export function isListed(list: readonly string[], target: Target): boolean {
  return list.some((entry) => {
    const { anyHost, wild, host, port } = readEntry(entry) ?? NOTHING;
    if (port === 0 ? !PORTS.includes(target.port) : port !== target.port) return false;
    if (anyHost) return true;
    return wild
      ? ipVersion(target.host) === 0 && target.host.endsWith(`.${host}`)
      : host === target.host;
  });
}

/**
 * The addresses of a target on this machine or in its network, if the list names exactly this target. Null for every other target: all its
 * addresses must be public.
 */
export function namedLocally(list: readonly string[], target: Target): readonly string[] | null {
  return localEntries(list).some((entry) => isListed([entry], target))
    ? addressesOf(target.host)
    : null;
}

/** The entries that name this machine, or an address of its network. */
export function localEntries(list: readonly string[]): string[] {
  return list.filter((entry) => {
    const { anyHost, wild, host } = readEntry(entry) ?? NOTHING;
    return !anyHost && !wild && addressesOf(host) !== null;
  });
}

/** Why an entry cannot be on a list, as the end of a sentence about it. Null if it can. */
export function faultOfEntry(entry: string): string | null {
  const found = readEntry(entry);
  if (found === null) return "is not a host, an address or host:port";
  const { anyHost, wild, host } = found;
  if (anyHost || ipVersion(host) !== 0 && !wild && isPublicAddress(host)) return null;
  const isLocal = addressesOf(host) !== null;
  if (wild) return isLocal || ipVersion(host) !== 0 ? "has a wildcard, and no public name" : null;
  return ipVersion(host) === 0 || isLocal ? null : "is an address that jobs may never reach";
}

/**
 * The closed addresses, without those that the list names, in the form for Deno's `--deny-net`. Deno knows ranges only of IPv4; of IPv6 only
 * this machine's own loopback is among them.
 */
export function closedRanges(list: readonly string[]): string[] {
  const named = localEntries(list).flatMap((entry) => addressesOf(readEntry(entry)!.host) ?? []);
  const open = named.filter((address) => ipVersion(address) === 4)
    .reduce<readonly string[]>(
      (ranges, address) => ranges.flatMap((range) => without(range, address)),
      CLOSED_RANGES,
    );
  return [...open, ...named.includes("::1") ? [] : ["[::1]"]];
}

interface Entry extends Target {
  /** Whether it stands for every host. */
  readonly anyHost: boolean;
  /** Whether it stands for the names below `host`. */
  readonly wild: boolean;
}

/** The port is 0 if the entry has none. Null if the entry is invalid. */
function readEntry(entry: string): Entry | null {
  const all = /^\*(?::([1-9]\d{0,4}))?$/.exec(entry);
  if (all !== null) {
    const port = Number(all[1] ?? 0);
    return port > 65_535 ? null : { anyHost: true, wild: false, host: "", port };
  }
  const wild = entry.startsWith("*.");
  const target = parseTarget(wild ? entry.slice(2) : entry, 0);
  return target === null ? null : { anyHost: false, wild, ...target };
}

const NOTHING: Entry = { anyHost: false, wild: false, host: "", port: -1 };

/** The addresses of a host on this machine or in its network, without asking a name server. Null for other hosts. */
function addressesOf(host: string): readonly string[] | null {
  if (host === "localhost" || host.endsWith(".localhost")) return ["127.0.0.1", "::1"];
  return isLocalAddress(host) ? [host] : null;
}
