/** What the tests of `PUT /mirror` share: the blob that is mirrored, and how a server is asked for it. */
import { createHash } from "node:crypto";
import { authorizationField, authorizationTemplate } from "../../blobs/blob_authorization.ts";
import { type BlobPair, noise, signer } from "./blob_server.ts";
import { rawServer } from "./raw_server.ts";

export const BYTES = noise(300_000);
export const HASH = createHash("sha256").update(BYTES).digest("hex");

/** Asks the pair's server to mirror; returns status, reason and body. */
export async function mirror(
  pair: BlobPair,
  url: unknown,
  { sha256 = HASH, key = 7, leave, body }: {
    readonly sha256?: string;
    readonly key?: number;
    readonly leave?: string;
    readonly body?: string;
  } = {},
) {
  const template = authorizationTemplate(
    "upload",
    [sha256],
    pair.server.url,
    Math.floor(Date.now() / 1_000),
  );
  const response = await fetch(`${pair.server.url}/mirror`, {
    method: "PUT",
    headers: {
      authorization: leave ?? authorizationField(await signer(key).sign(template)),
      "content-type": "application/json",
    },
    body: body ?? JSON.stringify({ url }),
  });
  const text = await response.text();
  return {
    status: response.status,
    reason: response.headers.get("x-reason") ?? "",
    body: JSON.parse(text),
  };
}

export const source = (answer: (conn: Deno.Conn) => Promise<void>) => rawServer(HASH, answer);
