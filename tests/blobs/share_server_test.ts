/** A provider's own server of copies: one folder, read-only, over real sockets. */
import assert from "node:assert/strict";
import { BlobFolder } from "../../blobs/blob_folder.ts";
import { startShareServer } from "../../blobs/server/share_server.ts";
import { noise } from "./blob_server.ts";

const DAY_MS = 86_400_000;

/** A server of a folder in which one blob is shown, and a second folder with one that is not. */
async function sharing(options: Partial<Parameters<typeof startShareServer>[0]> = {}) {
  const base = await Deno.makeTempDir();
  const own = await BlobFolder.open(base);
  const shared = await BlobFolder.open(`${base}/shared`);
  const keep = async (bytes: Uint8Array) => {
    const writer = await own.writer(1 << 20);
    await writer.write(bytes);
    return await writer.commit();
  };
  const bytes = noise(100_000);
  const [sha256, secret] = [await keep(bytes), await keep(noise(500, 3))];
  await own.showIn(shared, sha256, Date.now());
  const server = startShareServer({
    ...{ hostname: "127.0.0.1", port: 0, folder: `${base}/shared`, clock: Date.now },
    ...options,
  });
  return {
    ...{ base, own, shared, bytes, sha256, secret, server },
    async [Symbol.asyncDispose]() {
      server.close();
      await Deno.remove(base, { recursive: true });
    },
  };
}

async function statusOf(url: string, init?: RequestInit): Promise<number> {
  const response = await fetch(url, init);
  await response.body?.cancel();
  return response.status;
}

Deno.test("startShareServer() gives a shown blob, whole or in part, and says until when", async () => {
  await using at = await sharing();
  const url = `${at.server.url}/${at.sha256}`;
  const whole = await fetch(url);
  assert.deepEqual(new Uint8Array(await whole.arrayBuffer()), at.bytes);
  const untilMs = Date.parse(whole.headers.get("sunset")!);
  assert.ok(Math.abs(untilMs - Date.now() - 7 * DAY_MS) < 600_000, whole.headers.get("sunset")!);
  const part = await fetch(url, { headers: { range: "bytes=99990-" } });
  assert.equal(part.status, 206);
  assert.deepEqual(new Uint8Array(await part.arrayBuffer()), at.bytes.subarray(99_990));
  const head = await fetch(url, { method: "HEAD" });
  assert.deepEqual([head.status, head.headers.get("content-length")], [200, "100000"]);
});

Deno.test("startShareServer() gives no other blob of the home, no other file, and takes nothing", async () => {
  await using at = await sharing();
  const { url } = at.server;
  await Deno.writeTextFile(`${at.base}/shared/blobs/file`, "x");
  const outside = `${at.base}/outside`;
  await Deno.writeTextFile(outside, "the operator's");
  const linked = "cd".repeat(32);
  await Deno.mkdir(`${at.base}/shared/blobs/cd`);
  await Deno.symlink(outside, `${at.base}/shared/blobs/cd/${linked}`);
  for (
    const path of [
      at.secret,
      "",
      "blobs/file",
      "partial",
      "..%2foutside",
      linked,
      "list/ab",
      "upload",
    ]
  ) {
    const status = await statusOf(`${url}/${path}`);
    assert.equal(status, path === "" ? 200 : 404, path);
  }
  for (const method of ["PUT", "PATCH", "DELETE", "POST"]) {
    assert.equal(await statusOf(`${url}/${at.sha256}`, { method }), 405, method);
    const body = method === "DELETE" ? undefined : "x";
    assert.ok([400, 405].includes(await statusOf(`${url}/upload`, { method, body })), method);
  }
  assert.equal(await statusOf(`${url}/${at.sha256}`), 200);
});

Deno.test("startShareServer() gives nothing of which the time is over, and the folder's owner removes it", async () => {
  let nowMs = Date.now();
  await using at = await sharing({ clock: () => nowMs });
  const url = `${at.server.url}/${at.sha256}`;
  nowMs += 7 * DAY_MS - 60_000;
  assert.equal(await statusOf(url), 200);
  nowMs += 120_000;
  assert.equal(await statusOf(url), 404);
  // Shown again, its time starts again.
  await at.own.showIn(at.shared, at.sha256, nowMs);
  assert.equal(await statusOf(url), 200);
  assert.equal(await at.shared.sweepOld(nowMs + 1), 1);
  assert.equal(await statusOf(url), 404);
  assert.equal(await at.own.sizeOf(at.sha256), 100_000, "the home's own name of it stays");
  assert.deepEqual([...Deno.readDirSync(`${at.base}/shared/partial`)], []);
});

Deno.test("startShareServer() closes connections above its limit, and one that says nothing", async () => {
  await using at = await sharing({
    limits: { maxConnections: 4, maxConnectionsPerAddress: 2, requestMs: 1_000 },
  });
  const { hostname, port } = new URL(at.server.url);
  const open = () => Deno.connect({ hostname, port: Number(port) });
  const idle = [await open(), await open()];
  using third = await open();
  assert.equal(await third.read(new Uint8Array(1)).catch(() => null), null, "it is one too many");
  for (const conn of idle) {
    const rest = await conn.read(new Uint8Array(1)).catch(() => null);
    assert.equal(rest, null, "it asked for nothing in time");
    conn.close();
  }
  for (let tries = 0; await statusOf(`${at.server.url}/`).catch(() => 0) !== 200; tries++) {
    assert.ok(tries < 600);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
});
