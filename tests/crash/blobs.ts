/** Blobs in a world: each home stores and fetches its own, and the hub has the server. A job of kind `large` has both sides of them. */
import { createHash } from "node:crypto";
import type { BlobReference } from "../../blobs/blob_reference.ts";
import { BlobFolder } from "../../blobs/blob_folder.ts";
import { BlobTransferError } from "../../blobs/blob_transfer_error.ts";
import { BlobClient } from "../../blobs/client/blob_client.ts";
import { HttpClient } from "../../blobs/client/http_client.ts";
import type { Blobs } from "../../market/blobs/blobs.ts";
import { homeBlobs } from "../../market/blobs/home_blobs.ts";
import type { Pubkey } from "../../protocols/nostr/event.ts";
import { publicKeyOf } from "../../protocols/nostr/sign.ts";
import { BLOB_UNITS_PER_MIB, keyOf, RELAY_ADDRESS } from "./plan.ts";
import type { Party } from "./process.ts";

/** The size of a large input, and of the filling of a large result: neither fits an event. */
const LARGE_BYTES = 60_000;

/** A large input of a job, made from its text alone. */
export function largeInput(text: string): Uint8Array {
  const line = new TextEncoder().encode(`${hashOf(new TextEncoder().encode(text))}\n`);
  return new Uint8Array(LARGE_BYTES).map((_, at) => line[at % line.length]!);
}

/** What the provider answers to a large input. */
export function largeResult(input: Uint8Array): string {
  return `${hashOf(input)} ${"x".repeat(LARGE_BYTES)}`;
}

/** The SHA-256 in hex. */
export function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The blobs of a buyer or a provider. */
export async function openBlobs(
  { place, folder, store, signer, clock, log }: Party,
  role: "buyer" | "provider",
): Promise<Blobs> {
  const pubkey = publicKeyOf(keyOf(role)) as Pubkey;
  const own = await BlobFolder.open(`${folder}/blobs`);
  const client = new BlobClient({
    http: new HttpClient(),
    folder: own,
    sign: async (event) => (await signer.signEvents([{ ...event, pubkey }]))[0]!,
    clock,
  });
  return homeBlobs({
    folder: `${folder}/blobs`,
    readable: [],
    server: {
      url: `http://127.0.0.1:${place.blobPort}`,
      unitsPerMib: String(BLOB_UNITS_PER_MIB),
    },
    payTo: { ilpAddress: RELAY_ADDRESS, pubkey: publicKeyOf(keyOf("relay")) },
    maxBytes: 1 << 20,
    // The hub comes back, also on a busy machine.
    patienceMs: 3_600_000,
  }, { folder: own, client, store, signer, pubkey, clock, log });
}

/** Stores bytes as a user would: the same command again if it failed. */
export async function putAgain(blobs: Blobs, bytes: Uint8Array): Promise<BlobReference> {
  for (;;) {
    try {
      return await blobs.put({ bytes });
    } catch (error) {
      if (!(error instanceof BlobTransferError)) throw error;
    }
  }
}
