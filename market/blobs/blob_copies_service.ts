/**
 * Fetches one blob from servers that its author chose, e.g. a provider's own copy of a result, in its own worker. The worker may reach
 * exactly these hosts, holds no key, and ends after the fetch. It checks that it is connected to an allowed address before it asks.
 *
 * @module
 */
import { defineService } from "../../base/service.ts";
import type { BlobReference } from "../../blobs/blob_reference.ts";
import type { SourceReach } from "../../blobs/client/source_url.ts";

/** The options of the service. */
interface BlobCopiesOptions {
  /** The home's folder of blobs. */
  readonly folder: string;
  /** `host:port` of each server. */
  readonly hosts: readonly string[];
  readonly reach: SourceReach;
}

/** The service's method. */
interface BlobCopies {
  /** Fetches a blob, or the file of a chunk list, into the folder. Rejects with the BlobTransferError of the last server. */
  fetch(reference: BlobReference, limits: { readonly maxBytes: number }): Promise<void>;
}

/** For the host: the service `blob-copies`. */
export const definition = defineService<BlobCopiesOptions, BlobCopies>({
  name: "blob-copies",
  permissions: ({ folder, hosts }) => ({ net: hosts, read: [folder], write: [folder] }),
  methods: ["fetch"],
  async start({ folder: path, reach }, _services, { clock }) {
    const [
      { fetchChunked },
      { CHUNK_LIST_TYPE },
      { BlobClient },
      { HttpClient, STRANGERS_PACE },
      { connectedAddress },
      { BlobFolder },
    ] = await Promise.all([
      import("./chunked_blobs.ts"),
      import("../../blobs/chunk_list.ts"),
      import("../../blobs/client/blob_client.ts"),
      import("../../blobs/client/http_client.ts"),
      import("../../blobs/client/source_address.ts"),
      import("../../blobs/blob_folder.ts"),
    ]);
    await (await BlobFolder.open(path, "copies")).sweepPartial(clock() - BEGUN_MS);
    const http = new HttpClient(connectedAddress(reach), STRANGERS_PACE);
    const sign = () => Promise.reject(new Error("nothing is signed here"));
    return {
      async fetch(reference, { maxBytes }) {
        // What is begun here lies apart from what the home's own transfers and other copies have begun: lists of chunks may share chunks.
        const folder = await BlobFolder.open(path, "copies", reference.sha256);
        const client = new BlobClient({ http, folder, sign, clock });
        if (reference.type === CHUNK_LIST_TYPE) {
          await fetchChunked(folder, client, reference, maxBytes);
        } else await client.fetch(reference, { maxBytes });
      },
    };
  },
});

/** How long a fetch that was interrupted can be continued. */
const BEGUN_MS = 3_600_000;
