/** Blobs on the embedded network: stored by one home and paid by the byte, fetched by another. */
import assert from "node:assert/strict";
import { BlobTransferError } from "../../../blobs/blob_transfer_error.ts";
import { blobPriceUnits } from "../../../blobs/blob_price.ts";
import { startOutbound } from "../../../home/outbound.ts";
import {
  DEV_BLOB_UNITS_PER_MIB,
  DEV_PRICE_UNITS_PER_BYTE,
} from "../../../network/dev/constitution.ts";
import { BLOB_ORDER_KIND } from "../../../protocols/nostr/kinds.ts";
import { blobPair, noise } from "../../blobs/blob_server.ts";
import { devWorld } from "./dev_home.ts";

Deno.test("blobs on an embedded network", async (t) => {
  await using world = await devWorld();
  const buyer = await world.open("buyer");
  const provider = await world.open("provider");
  const outbound = await startOutbound(buyer, { follow: true });
  await outbound.ready;
  const bytes = noise(3_500_000);
  const payments = async () =>
    (await buyer.store.journalAfter(0, 100, 0)).filter(({ kind }) => kind === BLOB_ORDER_KIND);

  await t.step(
    "a blob is put, its storage paid by the byte, and fetched by another home",
    async () => {
      const reference = await buyer.blobs.put({ bytes }, { type: "application/octet-stream" });
      assert.equal(reference.size, bytes.length);
      const { path } = await provider.blobs.fetch(reference, { maxBytes: 4_000_000 });
      assert.deepEqual(await Deno.readFile(path), bytes);
      const paid = await payments();
      assert.equal(paid.length, 1);
      const storage = blobPriceUnits(bytes.length, DEV_BLOB_UNITS_PER_MIB);
      const { amountUnits, bytes: orderBytes } = paid[0]!;
      assert.equal(amountUnits, BigInt(orderBytes!) * DEV_PRICE_UNITS_PER_BYTE + storage);
    },
  );

  await t.step("the same blob again is neither paid nor sent again", async () => {
    assert.equal((await buyer.blobs.put({ bytes })).size, bytes.length);
    assert.equal((await payments()).length, 1);
  });

  await t.step(
    "a private blob is opened by its reader alone, and not when it was changed",
    async () => {
      const text = new TextEncoder().encode("for one reader");
      const reader = provider.identity.pubkey;
      const author = buyer.identity.pubkey;
      const sealed = await buyer.blobs.put({ bytes: text }, { reader });
      assert.equal(sealed.size, text.length + 28);
      const limits = { maxBytes: 1_000, author };
      const { path } = await provider.blobs.fetch(sealed, limits);
      assert.deepEqual(await Deno.readFile(path), text);
      const refused = (error: BlobTransferError) => error.code === "bad_key";
      await assert.rejects(provider.blobs.fetch(sealed, { maxBytes: 1_000 }), refused);
      await assert.rejects(provider.blobs.fetch(sealed, { ...limits, author: reader }), refused);
      const other = await buyer.blobs.put({ bytes: text }, { reader });
      await assert.rejects(provider.blobs.fetch({ ...sealed, key: other.key! }, limits), refused);
    },
  );

  await t.step("a fetch above its limit is refused with its code over the port", async () => {
    const reference = { sha256: "0".repeat(64), size: 5_000_000, urls: ["http://127.0.0.1:1/x"] };
    await assert.rejects(
      provider.blobs.fetch(reference, { maxBytes: 4_000_000 }),
      (error: BlobTransferError) =>
        error instanceof BlobTransferError && error.code === "too_large",
    );
  });

  await t.step(
    "a key that has bought nothing makes the server fetch nothing, whatever it asks to mirror",
    async () => {
      await using other = await blobPair();
      const blob = await other.keep(noise(200_000, 3));
      const from = await other.store(blob);
      const { urls: [url] } = await buyer.blobs.put({ bytes });
      const server = new URL(url!).origin;
      const leave = await other.client.authorize("upload", [blob.sha256], server);
      const asked = async (source: string) => {
        const response = await fetch(`${server}/mirror`, {
          method: "PUT",
          headers: { authorization: leave },
          body: JSON.stringify({ url: source }),
        });
        await response.body?.cancel();
        return [response.status, response.headers.get("x-reason")];
      };
      const unpaid = [402, "no bytes are paid for, so nothing is fetched"];
      assert.deepEqual(await asked(from), unpaid);
      assert.deepEqual(await asked("https://93.184.216.34/x"), unpaid);
      assert.deepEqual(await asked("http://169.254.169.254/x"), unpaid);
    },
  );

  await outbound.drain(120_000);
  assert.deepEqual(world.fatal, []);
});
