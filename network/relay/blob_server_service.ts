/**
 * The relay's blob server as a service in its own worker. It may only listen at its one address and use its one folder.
 *
 * @module
 */
import { hostAndPort } from "../../base/urls.ts";
import { defineService } from "../../base/service.ts";
import type {
  BlobServer,
  BlobServerOptions,
  BlobServerStatus,
} from "../../blobs/server/blob_server.ts";
import type { RemoteVerifier } from "../../verifier/verifier_service.ts";

/** The options of the service. All values can be cloned (structured clone). */
export interface BlobServerServiceOptions
  extends Omit<BlobServerOptions, "clock" | "log" | "verify" | "mirrors"> {
  readonly mirrors?: "loopback" | null;
  readonly hostname: string;
  /** 0 chooses a free port; `status` returns the address. */
  readonly port: number;
}

/** The server's interface over a port. */
export interface RemoteBlobServer extends Pick<BlobServer, "credit"> {
  status(): Promise<BlobServerStatus>;
}

/** Names the service for the host. */
export const definition = defineService<
  BlobServerServiceOptions,
  BlobServer,
  { readonly verifier: RemoteVerifier }
>({
  name: "blob-server",
  permissions: ({ hostname, port, folder, mirrors = null }) => ({
    // It mirrors only blobs of the machine on which the whole network is.
    net: [hostAndPort(hostname, port), ...mirrors === null ? [] : ["127.0.0.1"]],
    read: [folder],
    write: [folder],
  }),
  methods: ["credit", "status"],
  services: ["verifier"],
  async start(options, { verifier }, { clock, log }) {
    // Only the worker loads this module. The supervisor loads this file only to read the permissions.
    const { startBlobServer } = await import("../../blobs/server/blob_server.ts");
    const verify: BlobServerOptions["verify"] = (events) => verifier.verify(events);
    return await startBlobServer({ ...options, verify, clock, log });
  },
  stop: (server) => server.close(),
});
