/** What a caller is told while its file is stored. */
import assert from "node:assert/strict";
import { putBlob } from "../../../home/client/put_blob.ts";
import type { BlobProgress } from "../../../market/blobs/blobs.ts";

const REFERENCE = { sha256: "ab".repeat(32), size: 3_000, urls: [] };
const ASKED = { incoming: "abc", type: null, chunked: true };

Deno.test("putBlob() reports how far the upload is, and nothing before the server said what it has, nor where a look fails", async () => {
  const looks: (BlobProgress | null | Error)[] = [
    null,
    { bytes: 0, ofBytes: 0 },
    { bytes: 1_000, ofBytes: 3_000 },
    new Error("the worker is busy"),
    { bytes: 2_000, ofBytes: 3_000 },
  ];
  const stored = Promise.withResolvers<typeof REFERENCE>();
  const told: BlobProgress[] = [];
  const reference = await putBlob(
    {
      put(source, labels) {
        assert.deepEqual([source, labels], [{ incoming: "abc" }, { chunked: true }]);
        return stored.promise;
      },
      progressOf(incoming) {
        assert.equal(incoming, "abc");
        const look = looks.shift()!;
        if (looks.length === 0) stored.resolve(REFERENCE);
        return look instanceof Error ? Promise.reject(look) : Promise.resolve(look);
      },
    },
    ASKED,
    { progress: (upload) => told.push(upload) },
  );
  assert.equal(reference, REFERENCE);
  assert.deepEqual(told, [{ bytes: 1_000, ofBytes: 3_000 }, { bytes: 2_000, ofBytes: 3_000 }]);
});

Deno.test("putBlob() looks no more when the file could not be stored", async () => {
  let looks = 0;
  const refused = new Error("refused");
  await assert.rejects(
    putBlob(
      {
        put: () => Promise.reject(refused),
        progressOf: () => Promise.resolve({ bytes: ++looks, ofBytes: 9 }),
      },
      ASKED,
      { progress: () => assert.fail("nothing was sent") },
    ),
    refused,
  );
  assert.equal(looks, 0);
});
