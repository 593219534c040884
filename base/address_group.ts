/**
 * The address under which a connection counts for limits.
 *
 * @module
 */

/**
 * The address for limits: an IPv4 address unchanged; of an IPv6 address the first 64 bits, because one customer usually has all of the
 * rest. An IPv4 address inside an IPv6 address (`::ffff:192.0.2.1`) counts as the IPv4 address.
 */
export function addressGroup(remoteAddress: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(remoteAddress)?.[1];
  if (mapped !== undefined) return mapped;
  if (!remoteAddress.includes(":")) return remoteAddress;
  const [head = "", tail] = remoteAddress.split("%")[0].split("::");
  const groups = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  if (tail !== undefined) {
    groups.push(...Array(Math.max(0, 8 - groups.length - last.length)).fill("0"));
  }
  return [...groups, ...last].slice(0, 4).map((group) => parseInt(group, 16).toString(16)).join(
    ":",
  );
}
