/** A blob server and its client on 127.0.0.1, each with its own folder. */
import { BlobClient } from "../../blobs/client/blob_client.ts";
import { HttpClient } from "../../blobs/client/http_client.ts";
import { urlAt } from "../../blobs/blob_reference.ts";
import { BlobFolder } from "../../blobs/blob_folder.ts";
import {
  type BlobServer,
  type BlobServerOptions,
  startBlobServer,
} from "../../blobs/server/blob_server.ts";
import type { EventTemplate, NostrEvent } from "../../protocols/nostr/event.ts";
import { publicKeyOf, signEvent } from "../../protocols/nostr/sign.ts";
import { createVerifier } from "../../protocols/nostr/verifier.ts";

/** Server, client and folders; everything ends with it. */
export interface BlobPair extends AsyncDisposable {
  readonly server: BlobServer;
  readonly client: BlobClient;
  readonly http: HttpClient;
  readonly folder: BlobFolder;
  /** Of the server. */
  readonly serverFolder: string;
  readonly pubkey: string;
  readonly sign: (event: EventTemplate) => Promise<NostrEvent>;
  /** Puts bytes into the client's folder. */
  keep(bytes: Uint8Array): Promise<{ readonly sha256: string; readonly size: number }>;
  /** Stores a blob of the client's folder at the server and returns its URL. */
  store(blob: { readonly sha256: string; readonly size: number }): Promise<string>;
}

/** Signs with a key of this byte. */
export function signer(byte: number): {
  readonly pubkey: string;
  readonly sign: (event: EventTemplate) => Promise<NostrEvent>;
} {
  const key = new Uint8Array(32).fill(byte);
  const pubkey = publicKeyOf(key);
  return {
    pubkey,
    sign: (event) => Promise.resolve(signEvent({ ...event, pubkey }, key, new Uint8Array(32))),
  };
}

/** Starts both. */
export async function blobPair(
  options: Partial<BlobServerOptions> = {},
  keyByte = 7,
): Promise<BlobPair> {
  const base = await Deno.makeTempDir();
  const { verify } = await createVerifier();
  const serverFolder = options.folder ?? `${base}/server`;
  const server = await startBlobServer({
    unitsPerMib: 0n,
    verify: (events) => Promise.resolve(events.map((event) => verify(event))),
    ...options,
    folder: serverFolder,
  });
  const folder = await BlobFolder.open(`${base}/client`);
  const { pubkey, sign } = signer(keyByte);
  const http = new HttpClient();
  const client = new BlobClient({ http, folder, sign, clock: options.clock ?? Date.now });
  return {
    server,
    client,
    http,
    folder,
    serverFolder,
    pubkey,
    sign,
    async keep(bytes) {
      const writer = await folder.writer(2 ** 31);
      await writer.write(bytes);
      return { sha256: await writer.commit(), size: bytes.length };
    },
    async store(blob) {
      const leave = await client.authorize("upload", [blob.sha256], server.url);
      await client.store(server.url, blob, leave);
      return urlAt(server.url, blob.sha256);
    },
    async [Symbol.asyncDispose]() {
      http.close();
      await server.close();
      await Deno.remove(base, { recursive: true });
    },
  };
}

/** Bytes that no two seeds share, and that do not compress. */
export function noise(size: number, seed = 1): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(size / 4));
  let x = seed * 2_654_435_761 >>> 0 || 1;
  for (let i = 0; i < words.length; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    words[i] = x;
  }
  return new Uint8Array(words.buffer).slice(0, size);
}
