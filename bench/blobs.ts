/**
 * Measures how fast a blob is stored at a server and fetched from it, hashed and synced on both sides, compared with
 * writing and syncing the same bytes on the same disk. Also measures how much of a context of 50 MB is sent again after
 * a change of one line.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { BlobFolder } from "../blobs/blob_folder.ts";
import { urlAt } from "../blobs/blob_reference.ts";
import { makeChunkList } from "../blobs/chunk_list.ts";
import { BlobClient } from "../blobs/client/blob_client.ts";
import { HttpClient } from "../blobs/client/http_client.ts";
import { startBlobServer } from "../blobs/server/blob_server.ts";
import type { EventTemplate } from "../protocols/nostr/event.ts";
import { publicKeyOf, signEvent } from "../protocols/nostr/sign.ts";
import { createVerifier } from "../protocols/nostr/verifier.ts";
import type { Figure } from "./figures.ts";

const BLOB_BYTES = 128 << 20;
const CONTEXT_BYTES = 50_000_000;

/** Runs the measurement, which takes some seconds. */
export async function benches(): Promise<Figure[]> {
  const base = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "crosstown-bench-" });
  try {
    return [...await transfers(base), await secondUpload()];
  } finally {
    await Deno.remove(base, { recursive: true });
  }
}

async function transfers(base: string): Promise<Figure[]> {
  const bytes = new Uint8Array(BLOB_BYTES);
  for (let at = 0; at < bytes.length; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  }
  const { verify } = await createVerifier();
  await using server = await startBlobServer({
    folder: `${base}/server`,
    unitsPerMib: 0n,
    verify: (events) => Promise.resolve(events.map((event) => verify(event))),
  });
  const key = new Uint8Array(32).fill(7);
  const pubkey = publicKeyOf(key);
  const http = new HttpClient();
  const clientIn = async (name: string) => {
    const folder = await BlobFolder.open(`${base}/${name}`);
    const sign = (event: EventTemplate) =>
      Promise.resolve(signEvent({ ...event, pubkey }, key, new Uint8Array(32)));
    return { folder, client: new BlobClient({ http, folder, sign, clock: Date.now }) };
  };
  const sender = await clientIn("sender");
  const reader = await clientIn("reader");
  const writer = await sender.folder.writer(BLOB_BYTES);
  await writer.write(bytes);
  const blob = { sha256: await writer.commit(), size: bytes.length };
  const disk = await perSecond(() => plainWrite(`${base}/plain`, bytes));
  const leave = await sender.client.authorize("upload", [blob.sha256], server.url);
  const stored = await perSecond(() => sender.client.store(server.url, blob, leave));
  const urls = [urlAt(server.url, blob.sha256)];
  const fetched = await perSecond(() =>
    reader.client.fetch({ ...blob, urls }, { maxBytes: BLOB_BYTES })
  );
  http.close();
  const compare = { name: "hashing and writing to the same disk", value: disk };
  return [
    {
      name: "a blob stored at a server",
      value: stored,
      unit: "MB/s",
      compare,
      ratio: stored / disk,
    },
    {
      name: "a blob fetched from it",
      value: fetched,
      unit: "MB/s",
      compare,
      ratio: fetched / disk,
    },
  ];
}

/** The least work that storing needs: bytes are hashed, written and synced. */
async function plainWrite(path: string, bytes: Uint8Array): Promise<void> {
  const hash = createHash("sha256");
  using file = await Deno.open(path, { write: true, create: true });
  for (let at = 0; at < bytes.length; at += 1 << 18) {
    const piece = bytes.subarray(at, at + (1 << 18));
    hash.update(piece);
    for (let sent = 0; sent < piece.length;) sent += await file.write(piece.subarray(sent));
  }
  await file.syncData();
}

async function perSecond(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return BLOB_BYTES / 1_000 / (performance.now() - startMs);
}

async function secondUpload(): Promise<Figure> {
  const text = new TextEncoder();
  const first = new Uint8Array(CONTEXT_BYTES);
  for (let at = 0, line = 0; at < first.length; line++) {
    const words = `export const v${line} = ${Math.imul(line, 2_654_435_761) >>> 0};\n`;
    at += text.encodeInto(words, first.subarray(at)).written || first.length;
  }
  const at = first.indexOf(10, first.length / 2) + 1;
  const line = text.encode("// one line more\n");
  const had = new Set<string>();
  await chunked([first], (sha256) => void had.add(sha256));
  let bytes = 0;
  bytes += await chunked([first.subarray(0, at), line, first.subarray(at)], (sha256, size) => {
    if (!had.has(sha256)) bytes += size;
  });
  const share = 100 * bytes / (first.length + line.length);
  return { name: "sent again of 50 MB after a change of one line", value: share, unit: "%" };
}

/** Calls back with each chunk; returns the size of the list. */
async function chunked(
  pieces: readonly Uint8Array[],
  tell: (sha256: string, size: number) => void,
): Promise<number> {
  const list = await makeChunkList(ReadableStream.from(pieces), ({ sha256, size }) => {
    tell(sha256, size);
    return Promise.resolve();
  });
  return list.length;
}
