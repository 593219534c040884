/**
 * Which addresses a job may reach at all: those of the public internet. What leads to the provider's own machine, its network, its cloud
 * or back into IPv4 by a detour is not among them, however it is written.
 *
 * @module
 */
import { isIP } from "node:net";

/** Four numbers of an address, and how many bits of them count. */
type Range = readonly [readonly number[], number];

// This machine, private networks, carriers, link-local (metadata of clouds), protocol assignments, benchmarks, multicast, reserved.
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

// Of IPv6 all is closed but what is given to networks (2000::/3), and of that what holds an IPv4 address (Teredo, 6to4) or is for
// protocols. So mapped, compatible, NAT64, unique local, link-local and multicast addresses are closed.
const OPEN_6: Range = [[0x2000], 3];
const CLOSED_6: readonly Range[] = [[[0x2001, 0], 23], [[0x2002], 16], [[0x3fff], 20]];

/** The closed ranges of IPv4, as Deno's `--deny-net` takes them. */
export const CLOSED_RANGES: readonly string[] = CLOSED_4;

/** Whether it is the text of an address of the public internet. False for what is no address. */
export function isPublicAddress(text: string): boolean {
  const version = isIP(text);
  if (version === 4) {
    const bits = bitsOf4(text);
    return !CLOSED_4.some((range) => {
      const [base, length] = range.split("/");
      const shift = 32 - Number(length);
      return bits >>> shift === bitsOf4(base) >>> shift;
    });
  }
  if (version !== 6 || text.includes("%")) return false;
  const groups = groupsOf(text);
  return lies(groups, OPEN_6) && !CLOSED_6.some((range) => lies(groups, range));
}

function bitsOf4(text: string): number {
  return text.split(".").reduce((bits, part) => (bits << 8 | Number(part)) >>> 0, 0);
}

/** The eight groups of an IPv6 address that was found to be one. */
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
