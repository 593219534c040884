/**
 * The blob service of a home, in its own worker. It stores blobs in one folder and at the network's blob server, and fetches blobs by their
 * references. It can reach only that server and its mirrors.
 *
 * @module
 */
import { defineService } from "../../base/service.ts";
import { hostOfUrl } from "../../base/urls.ts";
import type { Blobs, BlobServiceOptions } from "./blobs.ts";
import type { EventTemplate, NostrEvent, Pubkey } from "../../protocols/nostr/event.ts";
import type { Signer } from "../../money/signer/signer.ts";
import type { Store } from "../../store/store.ts";

/** How long a home keeps an unused blob: as long as the dev network's server does. */
const KEPT_MS = 7 * 86_400_000;

/** A command deletes its file in `incoming` itself. A file older than this belongs to a command that was killed. */
const INCOMING_MS = 3_600_000;

/** The services that it calls. */
interface BlobServiceRemotes {
  readonly signer: Pick<Signer, "identity" | "signEvents" | "encrypt" | "decrypt">;
  readonly store: Pick<Store, "commit" | "outgoingByObligation">;
}

/** Names the service for the host. */
export const definition = defineService<BlobServiceOptions, Blobs, BlobServiceRemotes>({
  name: "blobs",
  permissions: ({ folder, readable, server }) => ({
    read: [folder, ...readable],
    write: [folder],
    ...(server === null ? {} : { net: [server.url, ...server.mirrors ?? []].map(hostOfUrl) }),
  }),
  methods: ["put", "progressOf", "fetch"],
  services: ["signer", "store"],
  async start(options, { signer, store }, { clock, log }) {
    // Imported here, because the supervisor loads this file only for its permissions.
    const [
      { homeBlobs },
      { sweepIncoming },
      { BlobClient },
      { HttpClient },
      { BlobFolder },
    ] = await Promise.all([
      import("./home_blobs.ts"),
      import("./incoming.ts"),
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
    const shared = options.share ? await BlobFolder.open(options.share.folder) : null;
    const beforeMs = clock() - KEPT_MS;
    // The sweep runs while the service already works. If a blob is deleted and then requested, it is fetched again.
    Promise.all([
      folder.sweepOld(beforeMs),
      folder.sweepPartial(beforeMs),
      shared?.sweepOld(beforeMs),
      shared?.sweepPartial(clock() - INCOMING_MS),
      sweepIncoming(options.folder, clock() - INCOMING_MS),
    ]).then(([removed]) => {
      if (removed > 0) log("info", "old blobs removed", { blobs: removed });
    }, (error) => log("warn", "old blobs cannot be removed", { reason: String(error) }));
    const client = new BlobClient({ http: new HttpClient(), folder, sign, clock });
    return homeBlobs(options, {
      folder,
      shared,
      client,
      store,
      signer,
      pubkey: pubkey as Pubkey,
      clock,
      log,
    });
  },
});
