/** A home's blobs: storage that two transfers want at once, and a server that is away for a while. */
import assert from "node:assert/strict";
import { orderedBytes } from "../../../blobs/blob_price.ts";
import { BlobFolder } from "../../../blobs/blob_folder.ts";
import { BlobClient } from "../../../blobs/client/blob_client.ts";
import type { BlobProgress, Blobs } from "../../../market/blobs/blobs.ts";
import { homeBlobs } from "../../../market/blobs/home_blobs.ts";
import type { NostrEvent, Pubkey } from "../../../protocols/nostr/event.ts";
import { eventId } from "../../../protocols/nostr/event_id.ts";
import type { OutgoingPacketRow } from "../../../store/store.ts";
import { type BlobPair, blobPair, noise } from "../../blobs/blob_server.ts";

/** A home whose orders are paid at once. */
async function homeOf(
  pair: BlobPair,
  { patienceMs, url = pair.server.url, Client = BlobClient }: {
    patienceMs?: number;
    url?: string;
    Client?: typeof BlobClient;
  } = {},
): Promise<{ readonly blobs: Blobs; readonly orders: number[] }> {
  const orders: number[] = [];
  const paid = new Set<string>();
  const folder = await BlobFolder.open(`${pair.serverFolder}-home`);
  const blobs = homeBlobs({
    folder: `${pair.serverFolder}-home`,
    readable: [],
    server: { url, unitsPerMib: "1" },
    payTo: { ilpAddress: "test.relay", pubkey: pair.pubkey },
    maxBytes: 1 << 24,
    ...patienceMs !== undefined && { patienceMs },
  }, {
    folder,
    client: new Client({ http: pair.http, folder, sign: pair.sign, clock: Date.now }),
    signer: { encrypt: () => Promise.reject(), decrypt: () => Promise.reject() },
    pubkey: pair.pubkey as Pubkey,
    clock: Date.now,
    log: () => {},
    store: {
      async commit(changes) {
        for (const change of changes) {
          if (change.op !== "addOutbox") continue;
          const event: NostrEvent = JSON.parse(new TextDecoder().decode(change.row.event));
          const bytes = orderedBytes(event)!;
          orders.push(bytes);
          const id = eventId(event);
          await pair.server.credit(id, pair.pubkey, bytes);
          paid.add(`write:${id}`);
        }
      },
      outgoingByObligation: (obligation) =>
        Promise.resolve(paid.has(obligation) ? [{ state: "fulfilled" } as OutgoingPacketRow] : []),
    },
  });
  return { blobs, orders };
}

Deno.test("put() of many blobs at once orders storage for each, although they are told of the same unused storage", async () => {
  await using pair = await blobPair({ unitsPerMib: 1n });
  const { blobs, orders } = await homeOf(pair);
  const all = Array.from({ length: 8 }, (_, at) => noise(100_000, at + 1));
  const references = await Promise.all(all.map((bytes) => blobs.put({ bytes })));
  assert.equal(new Set(references.map(({ sha256 }) => sha256)).size, 8);
  assert.equal(pair.server.status().blobs, 8);
  const bought = orders.reduce((sum, bytes) => sum + bytes, 0);
  assert.ok(bought >= 800_000, "what is stored is bought");
});

Deno.test("put() and fetch() with patience wait for a server that comes back; without it they fail at once", async () => {
  const bytes = noise(50_000, 99);
  const away = await blobPair({ unitsPerMib: 1n });
  await using _ = { [Symbol.asyncDispose]: () => Promise.resolve(away.http.close()) };
  const port = Number(new URL(away.server.url).port);
  await away.server.close();
  const hasty = await homeOf(away);
  await assert.rejects(hasty.blobs.put({ bytes }), { code: "unreachable" });
  const { blobs } = await homeOf(away, { patienceMs: 600_000 });
  const putting = blobs.put({ bytes });
  await using back = await blobPair({ unitsPerMib: 0n, port });
  assert.equal(back.server.url, away.server.url);
  const reference = await putting;
  assert.equal(reference.size, bytes.length);
  assert.equal(back.server.status().blobs, 1);
});

Deno.test("progressOf() says how much of an incoming file was sent, and nothing before and after", async () => {
  await using pair = await blobPair();
  const looks: Promise<BlobProgress | null>[] = [];
  class Watched extends BlobClient {
    override store(...[server, blob, leave, options]: Parameters<BlobClient["store"]>) {
      const sent = (bytes: number) => {
        options!.sent!(bytes);
        looks.push(blobs.progressOf("abc"));
      };
      return super.store(server, blob, leave, { ...options, sent });
    }
  }
  const { blobs } = await homeOf(pair, { Client: Watched });
  await Deno.mkdir(`${pair.serverFolder}-home/incoming`, { recursive: true });
  await Deno.writeFile(`${pair.serverFolder}-home/incoming/abc`, noise(700_000, 1));
  assert.equal(await blobs.progressOf("abc"), null);
  await blobs.put({ incoming: "abc" });
  const seen = await Promise.all(looks);
  assert.ok(seen.length > 1, "it goes in pieces");
  assert.ok(seen.every((look) => look?.ofBytes === 700_000));
  const sizes = seen.map((look) => look!.bytes);
  assert.deepEqual(sizes, [...new Set(sizes)].sort((a, b) => a - b), "it rises");
  assert.equal(sizes.at(-1), 700_000);
  assert.equal(await blobs.progressOf("abc"), null, "it has ended");
});
