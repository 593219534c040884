import assert from "node:assert/strict";
import { BlobTransferError } from "../../blobs/blob_transfer_error.ts";
import { HttpClient } from "../../blobs/client/http_client.ts";
import { connectedAddress, sourceAddress } from "../../blobs/client/source_address.ts";
import { sourceHosts } from "../../blobs/client/source_url.ts";

const names: Record<string, string[]> = {
  "blobs.example.com": ["93.184.216.34", "2606:2800:220:1::1"],
  "rebound.example.com": ["93.184.216.34", "127.0.0.1"],
  "inside.example.com": ["10.0.0.7"],
  "mapped.example.com": ["::ffff:10.0.0.7"],
  "none.example.com": [],
};

Deno.test("sourceAddress() gives the address that it checked, and looks a name up once", async () => {
  let asked = 0;
  const address = sourceAddress("public", (name) => {
    asked++;
    return Promise.resolve(names[name]!);
  });
  const found = await address(new URL("https://blobs.example.com/x"));
  assert.deepEqual([found, asked], [{ hostname: "93.184.216.34", port: 443 }, 1]);
  assert.deepEqual(await address(new URL("https://93.184.216.34:8443/x")), {
    hostname: "93.184.216.34",
    port: 8_443,
  });
  assert.equal(asked, 1, "an address is not looked up");
});

for (
  const [url, code] of [
    ["https://rebound.example.com/x", "private_address"],
    ["https://inside.example.com/x", "private_address"],
    ["https://mapped.example.com/x", "private_address"],
    ["https://none.example.com/x", "private_address"],
    ["https://unknown.example.com/x", "unreachable"],
    ["https://printer.local/x", "private_address"],
    ["https://intranet/x", "private_address"],
    ["http://blobs.example.com/x", "refused"],
  ] as const
) {
  Deno.test(`sourceAddress() of the public internet refuses ${url}`, async () => {
    const address = sourceAddress("public", (name) => {
      const found = names[name];
      return found === undefined
        ? Promise.reject(new Error("no such name"))
        : Promise.resolve(found);
    });
    await assert.rejects(
      async () => await address(new URL(url)),
      (error: unknown) => error instanceof BlobTransferError && error.code === code,
    );
  });
}

Deno.test("sourceAddress() of one machine takes its loopback, and looks nothing up", async () => {
  const never = () => Promise.reject(new Error("looked up"));
  const address = sourceAddress("loopback", never);
  for (const host of ["127.0.0.1", "localhost", "LOCALHOST", "0x7f000001"]) {
    const { port } = await address(new URL(`http://${host}:3000/x`));
    assert.equal(port, 3_000);
  }
  for (
    const host of [
      "0.0.0.0",
      "10.0.0.1",
      "127.9.9.9",
      "[::]",
      "[::1]",
      "localhost.example.com",
      "93.184.216.34",
    ]
  ) {
    await assert.rejects(
      async () => await address(new URL(`http://${host}/x`)),
      (error: unknown) => error instanceof BlobTransferError && error.code === "private_address",
    );
  }
});

Deno.test("connectedAddress() sends no byte to a server that is found inside, whatever its name said", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const said = listener.accept().then(async (conn) => {
    const read = await conn.read(new Uint8Array(1_024)).catch(() => null);
    conn.close();
    return read;
  });
  const rule = connectedAddress("public");
  // As if the name server gave this address: the connection is made, and checked.
  const http = new HttpClient(async (url) => ({
    ...await rule(new URL("https://blobs.example.com/x")),
    ...{ hostname: "127.0.0.1", port: Number(url.port) },
  }));
  await assert.rejects(
    http.send({ method: "GET", url: `http://blobs.example.com:${port}/x` }),
    (error: unknown) => error instanceof BlobTransferError && error.code === "private_address",
  );
  assert.equal(await said, null, "nothing was sent");
  listener.close();
});

Deno.test("sourceHosts() names each host once, as a permission does, and leaves out what is not allowed", () => {
  const urls = [
    "https://blobs.example.com/a",
    "https://blobs.example.com/b",
    "https://Blobs.Example.com:8443/c",
    "https://[2606:2800:220:1::1]/d",
    "https://*.example.com/e",
    "https://10.0.0.1/f",
    "http://blobs.example.com/g",
  ];
  assert.deepEqual(sourceHosts(urls, "public"), [
    "blobs.example.com:443",
    "blobs.example.com:8443",
    "[2606:2800:220:1::1]:443",
  ]);
  assert.deepEqual(sourceHosts(["http://localhost:3000/a", ...urls], "loopback"), [
    "127.0.0.1:3000",
  ]);
});
