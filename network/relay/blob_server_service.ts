/**
 * The relay's blob server as a service in a worker of its own: it may listen at its one address and use its one folder, nothing else.
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

/** What the host says; everything survives a structured clone. */
export interface BlobServerServiceOptions
  extends Omit<BlobServerOptions, "clock" | "log" | "verify"> {
  readonly hostname: string;
  /** 0 takes a free one; the address is then asked by `status`. */
  readonly port: number;
}

/** The server as others call it over a port. */
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
  permissions: ({ hostname, port, folder }) => ({
    net: [hostAndPort(hostname, port)],
    read: [folder],
    write: [folder],
  }),
  methods: ["credit", "status"],
  services: ["verifier"],
  async start(options, { verifier }, { clock, log }) {
    // Loaded where it runs: the supervisor reads this file for its permissions alone.
    const { startBlobServer } = await import("../../blobs/server/blob_server.ts");
    const verify: BlobServerOptions["verify"] = (events) => verifier.verify(events);
    return await startBlobServer({ ...options, verify, clock, log });
  },
  stop: (server) => server.close(),
});
