/**
 * The list of hosts in a skill's `permissions.net`: `host`, `host:port`, `*.host`, or an IP address.
 *
 * @module
 */
import { isIP } from "node:net";
import { isPublicAddress } from "../../base/public_address.ts";

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
  if (six !== undefined) return isIP(six) === 6 ? { host, port } : null;
  const labels = host.split(".");
  if (labels.some((label) => !/^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label))) return null;
  // If the last label is a number, the name is an address in one of its many forms.
  if (/^(0x[0-9a-f]*|[0-9]+)$/.test(labels.at(-1)!) && isIP(host) !== 4) return null;
  return { host, port };
}

/** Whether the list contains the target. */
export function isListed(list: readonly string[], { host, port }: Target): boolean {
  return list.some((entry) => {
    const wild = entry.startsWith("*.");
    const listed = parseTarget(wild ? entry.slice(2) : entry, 0);
    if (listed === null) return false;
    if (listed.port === 0 ? !PORTS.includes(port) : listed.port !== port) return false;
    return wild ? isIP(host) === 0 && host.endsWith(`.${listed.host}`) : listed.host === host;
  });
}

/**
 * Whether the list contains the provider's own machine or network, which the proxy does not allow. A module with such a list gets the
 * network of the machine itself, limited by Deno's own permissions.
 */
export function namesOwnNetwork(list: readonly string[]): boolean {
  return list.some((entry) => {
    const target = parseTarget(entry.replace(/^\*\./, ""), 0);
    if (target === null) return true;
    if (isIP(target.host) !== 0) return !isPublicAddress(target.host);
    return target.host === "localhost" || target.host.endsWith(".localhost");
  });
}
