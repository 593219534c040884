/**
 * The address behind a URL that a stranger chose. Only addresses of {@link SourceReach} get a byte of a request.
 *
 * @module
 */
import { lookup } from "node:dns/promises";
import { ipVersion } from "../../base/ip_version.ts";
import { isPublicAddress } from "../../base/public_address.ts";
import { messageOf } from "../../base/thrown.ts";
import { BlobTransferError } from "../blob_transfer_error.ts";
import type { AddressOf } from "./http_client.ts";
import { sourceHost, type SourceReach } from "./source_url.ts";

/** Looks up all addresses of a name. */
type Resolve = (name: string) => Promise<readonly string[]>;

const LOOKUP_MS = 10_000;

/**
 * Looks a name up once. Every address that it has must be allowed, and the connection goes to the address that was checked: a second answer
 * of the name server cannot lead it elsewhere. Rejects with BlobTransferError `private_address`, `refused` (another protocol) or
 * `unreachable` (no address).
 */
export function sourceAddress(reach: SourceReach, resolve: Resolve = resolved): AddressOf {
  return async (url) => {
    const { hostname, port } = sourceHost(url.href, reach);
    if (reach === "loopback") return { hostname, port };
    const addresses = ipVersion(hostname) !== 0
      ? [hostname]
      : await resolve(hostname).catch((cause: unknown) => {
        const why = `${url.host} cannot be reached: ${messageOf(cause)}`;
        throw new BlobTransferError("unreachable", why, { cause });
      });
    if (addresses.length === 0 || !addresses.every(isPublicAddress)) throw inside(url);
    return { hostname: addresses[0]!, port };
  };
}

/**
 * For a worker that may connect to nothing but the named host, and so looks up nothing itself: the address is checked when it is connected,
 * before the first byte of a request.
 */
export function connectedAddress(reach: SourceReach): AddressOf {
  return (url) => ({
    ...sourceHost(url.href, reach),
    check(address) {
      if (reach === "public" && !isPublicAddress(address)) throw inside(url);
    },
  });
}

function inside({ host }: URL): BlobTransferError {
  return new BlobTransferError("private_address", `${host} is not on the public internet`);
}

async function resolved(name: string): Promise<readonly string[]> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("its name has no address in time")), LOOKUP_MS);
  });
  try {
    const found = await Promise.race([lookup(name, { all: true }), late]);
    return found.map(({ address }) => address);
  } finally {
    clearTimeout(timer);
  }
}
