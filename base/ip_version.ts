/**
 * Whether a text is an IP address, as `isIP` of `node:net` says, without loading Node's modules.
 *
 * @module
 */

const BYTE = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const V4 = new RegExp(`^${BYTE}(?:\\.${BYTE}){3}$`);
const ZONE = /^[0-9a-zA-Z\-.:]+$/;
const GROUP = /^[0-9a-fA-F]{1,4}$/;

/**
 * 4 or 6 if the text is an IP address, otherwise 0. An IPv6 address may have a zone (`fe80::1%eth0`) and no brackets.
 *
 * @see RFC 4291 section 2.2
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { ipVersion } from "./ip_version.ts";
 *
 * assert.deepEqual(["127.0.0.1", "::1", "localhost"].map(ipVersion), [4, 6, 0]);
 * ```
 */
export function ipVersion(text: string): 0 | 4 | 6 {
  if (V4.test(text)) return 4;
  const percent = text.indexOf("%");
  if (percent < 0) return isV6(text) ? 6 : 0;
  return isV6(text.slice(0, percent)) && ZONE.test(text.slice(percent + 1)) ? 6 : 0;
}

/** Eight groups, or fewer with one `::`, which stands for at least one. The last two may be an IPv4 address. */
function isV6(text: string): boolean {
  const [head, tail, ...more] = text.split("::");
  if (more.length > 0) return false;
  if (tail === undefined) return groupsIn(head, true) === 8;
  const count = (head === "" ? 0 : groupsIn(head, false)) +
    (tail === "" ? 0 : groupsIn(tail, true));
  return count <= 7;
}

/** How many groups; infinite where one is malformed. */
function groupsIn(text: string, last: boolean): number {
  const groups = text.split(":");
  let count = groups.length;
  if (last && V4.test(groups.at(-1)!)) {
    groups.pop();
    count++;
  }
  return groups.every((group) => GROUP.test(group)) ? count : Infinity;
}
