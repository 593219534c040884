/**
 * The blobs of a home as a service in a worker of its own: it keeps them in one folder, stores them at the network's blob server, and
 * fetches what references name. It reaches that server and the hosts that it was started for, and nothing else.
 *
 * @module
 */
import { defineService } from "../../base/service.ts";
import { hostOfUrl } from "../../base/urls.ts";
import type { BlobReference } from "../../blobs/blob_reference.ts";
import type { EventTemplate, NostrEvent, Pubkey } from "../../protocols/nostr/event.ts";
import type { Signer } from "../../money/signer/signer.ts";
import type { Store } from "../../store/store.ts";

/** What is put: bytes, or a file that the service may read. */
export type BlobSource =
  | { readonly bytes: Uint8Array }
  | { readonly file: string };

/** What is known of it, for its reference. */
export interface BlobLabels {
  /** MIME type. */
  readonly type?: string;
  /** A relative path. */
  readonly name?: string;
}

/** The blobs of a home. */
export interface Blobs {
  /**
   * Keeps a blob and stores it at the network's blob server, for which storage is bought where too little is left. Gives its reference,
   * which goes into an event as `imetaTag(reference)`. Rejects with BlobTransferError: `too_large`, `no_server`, `payment_required`,
   * `unreachable`, `stalled`, `refused`, `no_space`.
   */
  put(source: BlobSource, labels?: BlobLabels): Promise<BlobReference>;
  /**
   * Brings a blob here, from the first of its servers that has it; gives the path of the file, whose bytes were verified. The file stays
   * for `keepDays` and must not be changed. Rejects with BlobTransferError: `too_large` before anything is asked, `wrong_hash`, `not_there`,
   * `stalled`, `unreachable`, `redirected`, `wrong_length`.
   */
  fetch(
    reference: BlobReference,
    limits: { readonly maxBytes: number },
  ): Promise<{ readonly path: string }>;
}

/** What the service is started with. */
export interface BlobServiceOptions {
  /** Where blobs are kept; its parent exists. */
  readonly folder: string;
  /** Folders of files that may be put. */
  readonly readable: readonly string[];
  /** The network's blob server; null where it has none. */
  readonly server: {
    /** `http://` or `https://`. */
    readonly url: string;
    /** In decimal; 0 is free. */
    readonly unitsPerMib: string;
  } | null;
  /** Where storage is ordered and paid: the relay's terminal. Null where nothing can be paid. */
  readonly payTo: { readonly ilpAddress: string; readonly pubkey: string } | null;
  /** The largest blob that is kept or fetched. */
  readonly maxBytes: number;
}

/** What the service asks. */
interface BlobServiceRemotes {
  readonly signer: Pick<Signer, "identity" | "signEvents">;
  readonly store: Pick<Store, "commit">;
}

/** Names the service for the host. */
export const definition = defineService<BlobServiceOptions, Blobs, BlobServiceRemotes>({
  name: "blobs",
  permissions: ({ folder, readable, server }) => ({
    read: [folder, ...readable],
    write: [folder],
    ...(server === null ? {} : { net: [hostOfUrl(server.url)] }),
  }),
  methods: ["put", "fetch"],
  services: ["signer", "store"],
  async start(options, { signer, store }, { clock, log }) {
    // Loaded where it runs: the supervisor reads this file for its permissions alone.
    const [{ homeBlobs }, { BlobClient }, { HttpClient }, { BlobFolder }] = await Promise.all([
      import("./home_blobs.ts"),
      import("../../blobs/client/blob_client.ts"),
      import("../../blobs/client/http_client.ts"),
      import("../../blobs/blob_folder.ts"),
    ]);
    const { pubkey } = await signer.identity();
    const sign = async (event: EventTemplate): Promise<NostrEvent> => {
      const [signed] = await signer.signEvents([{ ...event, pubkey: pubkey as Pubkey }]);
      return signed!;
    };
    const folder = await BlobFolder.open(options.folder);
    const client = new BlobClient({ http: new HttpClient(), folder, sign, clock });
    return homeBlobs(options, { folder, client, store, pubkey: pubkey as Pubkey, clock, log });
  },
});
