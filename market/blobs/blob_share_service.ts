/**
 * A provider's own server of copies of its results, in its own worker. It may only listen at one address and read one folder.
 *
 * @module
 */
import { defineService } from "../../base/service.ts";
import type { ShareServer } from "../../blobs/server/share_server.ts";

/** The options of the service. */
interface BlobShareOptions {
  /** `host:port`; the port 0 chooses a free one. */
  readonly listen: string;
  /** The folder of the shared blobs. It exists. */
  readonly folder: string;
}

/** The service's method. */
interface BlobShare {
  /** The address on which it listens. */
  url(): Promise<string>;
}

/** For the host: the service `blob-share`. */
export const definition = defineService<BlobShareOptions, BlobShare & Pick<ShareServer, "close">>({
  name: "blob-share",
  permissions: ({ listen, folder }) => ({ net: [listen], read: [folder] }),
  methods: ["url"],
  async start({ listen, folder }, _services, { clock, log }) {
    const { startShareServer } = await import("../../blobs/server/share_server.ts");
    const [, hostname, port] = /^(.*):(\d+)$/.exec(listen)!;
    const server = startShareServer({
      ...{ folder, clock, log },
      hostname: hostname.replace(/^\[(.*)\]$/, "$1"),
      port: Number(port),
    });
    return { url: () => Promise.resolve(server.url), close: server.close };
  },
  stop: (server) => Promise.resolve(server.close()),
});
