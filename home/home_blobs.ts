/**
 * The blob service of a home. It starts at its first call.
 *
 * @module
 */
import { hostOfUrl } from "../base/urls.ts";
import type { HomePaths } from "../config/paths.ts";
import type { Profile } from "../config/profile.ts";
import type { Blobs, BlobServiceOptions } from "../market/blobs/blobs.ts";
import type { ServiceHandle } from "../runtime/hosted_service.ts";
import type { Supervisor } from "./workers/supervisor.ts";

/** The largest blob that a home keeps, stores or fetches. */
const MAX_BLOB_BYTES = 2 ** 31;

/**
 * Returns the service's handle. Before the first call, nothing is started and no folder is made.
 *
 * @param readable Folders from which files may be stored.
 * @param share The home's own server of copies, if there is one.
 * @param patienceMs How long a transfer is tried again while the server is away.
 */
export function startBlobs(
  supervisor: Pick<Supervisor, "whenNeeded">,
  { paths, profile }: {
    readonly paths: Pick<HomePaths, "blobsFolder">;
    readonly profile: Pick<Profile, "blobs" | "relay" | "write">;
  },
  services: { readonly store: ServiceHandle; readonly signer: ServiceHandle },
  readable: readonly string[] = [],
  patienceMs = 0,
  share: BlobServiceOptions["share"] = null,
): Promise<ServiceHandle<Blobs>> {
  const { blobs, relay, write } = profile;
  return supervisor.whenNeeded(
    "blobs",
    {
      folder: paths.blobsFolder,
      readable,
      server: blobs === undefined ? null : { ...blobs, unitsPerMib: String(blobs.unitsPerMib) },
      payTo: write === "ilp" && relay !== null
        ? { ilpAddress: relay.ilpAddress, pubkey: relay.pubkey }
        : null,
      maxBytes: MAX_BLOB_BYTES,
      patienceMs,
      share,
    } satisfies BlobServiceOptions,
    services,
  );
}

/** `host:port` of the network's blob server and its mirrors. */
export function blobHosts({ blobs }: Pick<Profile, "blobs">): string[] {
  return blobs === undefined ? [] : [blobs.url, ...blobs.mirrors ?? []].map(hostOfUrl);
}
