/**
 * The list of a skill's `permissions.net`: `host`, `host:port`, `*.host`, or the text of an address.
 *
 * @module
 */
import { isIP } from "node:net";
import { isPublicAddress } from "./public_address.ts";

/** What an entry without a port means. */
const PORTS: readonly number[] = [80, 443];

/** Where a request wants to go. */
export interface Target {
  /** In lower case, without brackets. */
  readonly host: string;
  readonly port: number;
}

/**
 * Reads `host:port`, as it stands in a CONNECT or in an address; null where it is anything else. Only plain names and addresses in their
 * usual form: no user, no dot at the end, no number that a resolver would take for an address.
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
  // A last label of digits makes it an address in one of its many forms.
  if (/^(0x[0-9a-f]*|[0-9]+)$/.test(labels.at(-1)!) && isIP(host) !== 4) return null;
  return { host, port };
}

/** Whether the list names the target. */
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
 * Whether the list names the provider's own machine or network, which no proxy leads to: a module gets that from the machine itself,
 * under Deno's own list.
 */
export function namesOwnNetwork(list: readonly string[]): boolean {
  return list.some((entry) => {
    const target = parseTarget(entry.replace(/^\*\./, ""), 0);
    if (target === null) return true;
    if (isIP(target.host) !== 0) return !isPublicAddress(target.host);
    return target.host === "localhost" || target.host.endsWith(".localhost");
  });
}
