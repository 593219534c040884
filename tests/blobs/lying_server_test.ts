/** A blob server that lies, stalls or sends elsewhere, over real sockets. */
import assert from "node:assert/strict";
import { BlobClient } from "../../blobs/client/blob_client.ts";
import { HttpClient } from "../../blobs/client/http_client.ts";
import { blobPair } from "./blob_server.ts";
import { rawServer, send } from "./raw_server.ts";
import { code, HASH, PATIENT, QUICK } from "./attacked.ts";

const LIMITS = { maxBytes: 1 << 30 };

const liar = (answer: (conn: Deno.Conn) => Promise<void>) => rawServer(HASH, answer);
const say = (text: string) => (conn: Deno.Conn) => send(conn, text);

Deno.test("fetch() keeps nothing of a server that lies, stalls or sends elsewhere, and says which", async (t) => {
  await using pair = await blobPair();
  const http = new HttpClient(undefined, QUICK);
  const quick = new BlobClient({ http, folder: pair.folder, sign: pair.sign, clock: Date.now });
  const patient = new HttpClient(undefined, { ...QUICK, ...PATIENT });
  const client = new BlobClient({
    ...{ http: patient, folder: pair.folder, sign: pair.sign, clock: Date.now },
  });
  const ok = "HTTP/1.1 200 OK\r\n";
  const cases: readonly [name: string, answer: string, code: string][] = [
    ["other bytes", `${ok}content-length: 5\r\n\r\nhello`, "wrong_hash"],
    ["fewer bytes", `${ok}content-length: 4\r\n\r\nhell`, "wrong_length"],
    ["more bytes", `${ok}content-length: 6\r\n\r\nhello!`, "wrong_length"],
    ["more bytes without a length", `${ok}\r\nhello!`, "too_large"],
    [
      "more bytes in chunks",
      `${ok}transfer-encoding: chunked\r\n\r\n6\r\nhello!\r\n0\r\n\r\n`,
      "too_large",
    ],
    ["an end in between", `${ok}content-length: 5\r\n\r\nhe`, "unreachable"],
    ["a redirect", "HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\n\r\n", "redirected"],
    ["no HTTP", "SSH-2.0-OpenSSH\r\n\r\n", "malformed_answer"],
    [
      "a chunk of no size",
      `${ok}transfer-encoding: chunked\r\n\r\nzz\r\nhello`,
      "malformed_answer",
    ],
    ["gzip", `${ok}content-encoding: gzip\r\ncontent-length: 5\r\n\r\nhello`, "malformed_answer"],
    ["an error", "HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n", "refused"],
    ["nothing there", "HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n", "not_there"],
  ];
  for (const [name, answer, wanted] of cases) {
    await t.step(name, async () => {
      using server = liar(say(answer));
      await pair.folder.dropPartial(HASH);
      await assert.rejects(
        client.fetch({ sha256: HASH, size: 5, urls: [server.url] }, LIMITS),
        code(wanted),
      );
      assert.equal(await pair.folder.sizeOf(HASH), null);
    });
  }
  await t.step("silence", async () => {
    using server = liar(() => new Promise(() => {}));
    await assert.rejects(
      quick.fetch({ sha256: HASH, size: 5, urls: [server.url] }, LIMITS),
      code("stalled"),
    );
  });
  await t.step("a trickle", async () => {
    using server = liar(async (conn) => {
      await conn.write(new TextEncoder().encode(`${ok}content-length: 1000000\r\n\r\n`));
      for (;;) {
        await conn.write(new Uint8Array(1));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    });
    await assert.rejects(
      quick.fetch({ sha256: HASH, size: 1_000_000, urls: [server.url] }, LIMITS),
      code("stalled"),
    );
  });
  http.close();
  patient.close();
});
