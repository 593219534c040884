/**
 * The addresses of the public internet. Jobs may reach only these, and a home connects only to these if a stranger names them. Addresses
 * of this machine, its network or its cloud do not belong to it, and neither do IPv6 addresses that contain an IPv4 address, in every
 * notation.
 *
 * @module
 */
import { ipVersion } from "./ip_version.ts";

/** The first groups of an IPv6 address, and the number of their bits that are compared. */
type Range = readonly [readonly number[], number];

// This machine, private networks, networks of carriers, link-local (cloud metadata), protocol assignments, benchmarks, multicast, reserved.
const CLOSED_4: readonly string[] = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "224.0.0.0/4",
  "240.0.0.0/4",
];

// In IPv6, only the addresses assigned to networks (2000::/3) are open. Of these, addresses that contain an IPv4 address (Teredo, 6to4) and
// those for protocols are closed. So mapped, compatible, NAT64, unique local, link-local and multicast addresses are closed.
const OPEN_6: Range = [[0x2000], 3];
const CLOSED_6: readonly Range[] = [[[0x2001, 0], 23], [[0x2002], 16], [[0x3fff], 20]];

// This machine, private networks, networks of carriers, link-local. Null, multicast and reserved addresses do not belong to them.
const LOCAL_4: readonly string[] = [
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.168.0.0/16",
];
const LOCAL_6: readonly Range[] = [[[0, 0, 0, 0, 0, 0, 0, 1], 128], [[0xfc00], 7]];

/** The closed ranges of IPv4, in the form for Deno's `--deny-net`. */
export const CLOSED_RANGES: readonly string[] = CLOSED_4;

/**
 * The parts of an IPv4 range that do not contain this address: at most 32 smaller ranges.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { without } from "./public_address.ts";
 *
 * assert.deepEqual(without("10.0.0.0/30", "10.0.0.2"), ["10.0.0.0/31", "10.0.0.3/32"]);
 * assert.deepEqual(without("10.0.0.0/30", "10.0.0.4"), ["10.0.0.0/30"]);
 * ```
 */
export function without(range: string, address: string): string[] {
  const [base, length] = range.split("/");
  if (!contains(range, address)) return [range];
  if (length === "32") return [];
  const half = Number(length) + 1;
  const upper = (bitsOf4(base) | 1 << (32 - half)) >>> 0;
  return [bitsOf4(base), upper].flatMap((bits) => without(`${textOf4(bits)}/${half}`, address));
}

/** Whether the text is an address of this machine, or of a private, carrier's or link-local network. */
export function isLocalAddress(text: string): boolean {
  const version = ipVersion(text);
  if (version === 4) return LOCAL_4.some((range) => contains(range, text));
  return version === 6 && !text.includes("%") &&
    LOCAL_6.some((range) => lies(groupsOf(text), range));
}

/** Whether the text is an address of the public internet. False if it is not an address. */
export function isPublicAddress(text: string): boolean {
  const version = ipVersion(text);
  if (version === 4) return !CLOSED_4.some((range) => contains(range, text));
  if (version !== 6 || text.includes("%")) return false;
  const groups = groupsOf(text);
  return lies(groups, OPEN_6) && !CLOSED_6.some((range) => lies(groups, range));
}

/**
 * Whether a host name of a URL can belong to the public internet: a public address, or a name that is not reserved for this machine or
 * its network. The name is not resolved.
 */
export function isPublicHost(hostname: string): boolean {
  const name = hostname.replace(/\.$/, "").toLowerCase();
  const address = name.replace(/^\[(.*)\]$/, "$1");
  if (ipVersion(address) !== 0) return isPublicAddress(address);
  const labels = name.split(".");
  return labels.length > 1 && !LOCAL_NAMES.some((local) => `.${name}`.endsWith(`.${local}`));
}

/** Names that no public server has (RFC 6761, RFC 6762, RFC 8375, and those that routers use). */
const LOCAL_NAMES: readonly string[] = [
  "localhost",
  "local",
  "internal",
  "intranet",
  "lan",
  "home",
  "corp",
  "private",
  "localdomain",
  "home.arpa",
  "in-addr.arpa",
  "ip6.arpa",
  "test",
  "invalid",
  "onion",
];

/** Whether the IPv4 address lies in the range. */
function contains(range: string, address: string): boolean {
  const [base, length] = range.split("/");
  const shift = 32 - Number(length);
  return bitsOf4(address) >>> shift === bitsOf4(base) >>> shift;
}

function textOf4(bits: number): string {
  return [24, 16, 8, 0].map((shift) => bits >>> shift & 255).join(".");
}

function bitsOf4(text: string): number {
  return text.split(".").reduce((bits, part) => (bits << 8 | Number(part)) >>> 0, 0);
}

/** The eight groups of a valid IPv6 address. */
function groupsOf(text: string): number[] {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  let plain = text;
  if (dotted !== null) {
    const bits = bitsOf4(dotted[2]);
    plain = `${dotted[1]}${(bits >>> 16).toString(16)}:${(bits & 0xffff).toString(16)}`;
  }
  const [before, after] = plain.split("::").map((part) =>
    part === "" ? [] : part.split(":").map((group) => parseInt(group, 16))
  );
  if (after === undefined) return before;
  return [...before, ...new Array(8 - before.length - after.length).fill(0), ...after];
}

function lies(groups: readonly number[], [base, length]: Range): boolean {
  for (let at = 0, left = length; left > 0; at++, left -= 16) {
    const shift = 16 - Math.min(left, 16);
    if (groups[at] >>> shift !== (base[at] ?? 0) >>> shift) return false;
  }
  return true;
}
