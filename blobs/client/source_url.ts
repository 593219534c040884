/**
 * Which URLs of strangers a blob may be fetched from. Without effects: names are not looked up here.
 *
 * @module
 */
import { ipVersion } from "../../base/ip_version.ts";
import { isPublicHost } from "../../base/public_address.ts";
import { hostAndPort } from "../../base/urls.ts";
import { BlobTransferError } from "../blob_transfer_error.ts";

/**
 * `public`: `https://` at addresses of the public internet, and nothing of this machine, its network or its cloud. `loopback`: only
 * 127.0.0.1, also over `http://`, for a network that is on one machine.
 */
export type SourceReach = "public" | "loopback";

/** Where a URL leads. */
interface SourceHost {
  /** A name, or an address without brackets. */
  readonly hostname: string;
  readonly port: number;
}

/** The loopback address of a network on one machine. */
const LOOPBACK = "127.0.0.1";

/** The host of a URL. Throws BlobTransferError `private_address`, or `refused` for another protocol and for a name of other characters. */
export function sourceHost(text: string, reach: SourceReach): SourceHost {
  const url = new URL(text);
  const hostname = url.hostname.replace(/^\[(.*)\]$/, "$1").toLowerCase();
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  if (reach === "loopback") {
    if (hostname === "localhost" || hostname === LOOPBACK) return { hostname: LOOPBACK, port };
    throw new BlobTransferError("private_address", `${url.host} is not on this machine`);
  }
  if (url.protocol !== "https:") {
    throw new BlobTransferError("refused", `${url.host}: only https:// is taken`);
  }
  if (!isPublicHost(hostname)) {
    throw new BlobTransferError("private_address", `${url.host} is not on the public internet`);
  }
  // Nothing else may get into the list of hosts that a worker may reach: `*` would be every name.
  if (ipVersion(hostname) === 0 && !/^[a-z0-9_-]+(\.[a-z0-9_-]+)+\.?$/.test(hostname)) {
    throw new BlobTransferError("refused", `${url.host} is no plain name`);
  }
  return { hostname, port };
}

/** The hosts of those URLs that are allowed, as a worker's permissions name them. */
export function sourceHosts(urls: readonly string[], reach: SourceReach): string[] {
  const hosts = urls.flatMap((url) => {
    try {
      const { hostname, port } = sourceHost(url, reach);
      return [hostAndPort(hostname, port)];
    } catch (error) {
      if (error instanceof BlobTransferError) return [];
      throw error;
    }
  });
  return [...new Set(hosts)];
}
