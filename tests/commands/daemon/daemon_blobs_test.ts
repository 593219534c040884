/** Where a provider's own copies of its results are served, and when they cannot be. */
import assert from "node:assert/strict";
import { startShare } from "../../../commands/daemon/daemon_blobs.ts";
import type { Config } from "../../../config/config.ts";
import { CommandError, UsageError } from "../../../shell/errors.ts";
import { temporaryFolder } from "../../skills/machine.ts";

/** A home whose server of copies listens at `url`, or cannot listen. */
function home(url: string | Error) {
  const asked: unknown[] = [];
  const supervisor = {
    service(name: string, options: unknown) {
      asked.push(name, options);
      if (url instanceof Error) return Promise.reject(url);
      return Promise.resolve({ client: () => ({ url: () => Promise.resolve(url) }) });
    },
  };
  return { asked, home: { supervisor } as unknown as Parameters<typeof startShare>[0] };
}

function config(
  blobsFolder: string,
  network: string,
  listen: string | null,
  url: string | null = null,
): Config {
  const values: Readonly<Record<string, string | null>> = {
    "node.blob_listen": listen,
    "node.blob_url": url,
  };
  return {
    get: (key: string) => values[key],
    paths: { blobsFolder },
    profile: { name: network },
  } as unknown as Config;
}

Deno.test("startShare() starts nothing where no address is set", async () => {
  const { asked, home: at } = home("http://127.0.0.1:1/");
  assert.equal(await startShare(at, config("/nowhere", "dev", null)), null);
  assert.deepEqual(asked, []);
});

for (
  const [network, listen] of [
    ["base-sepolia", "127.0.0.1:0"],
    ["base-sepolia", "0.0.0.0:8080"],
    ["dev", "0.0.0.0:8080"],
    ["dev", "192.0.2.1:8080"],
  ]
) {
  Deno.test(`startShare() on ${network} refuses ${listen} without an address for buyers, and makes no folder`, async () => {
    await using folder = await temporaryFolder();
    const { asked, home: at } = home("http://127.0.0.1:1/");
    await assert.rejects(startShare(at, config(`${folder.path}/b`, network, listen)), UsageError);
    assert.deepEqual(asked, []);
    await assert.rejects(Deno.stat(`${folder.path}/b`), Deno.errors.NotFound);
  });
}

Deno.test("startShare() names the address of this machine on dev, and the one that is set elsewhere", async () => {
  await using folder = await temporaryFolder();
  const shared = `${folder.path}/shared`;
  const { asked, home: at } = home("http://127.0.0.1:4711");
  const local = config(folder.path, "dev", "127.0.0.1:0");
  assert.deepEqual(await startShare(at, local), { folder: shared, url: "http://127.0.0.1:4711" });
  assert.deepEqual(asked, ["blob-share", { listen: "127.0.0.1:0", folder: shared }]);
  const far = config(folder.path, "base-sepolia", "0.0.0.0:8080", "https://blobs.example");
  assert.deepEqual(await startShare(at, far), { folder: shared, url: "https://blobs.example" });
});

Deno.test("startShare() says where it cannot listen, and which setting names another address", async () => {
  await using folder = await temporaryFolder();
  const { home: at } = home(new Error("address in use"));
  const error = await startShare(at, config(folder.path, "dev", "127.0.0.1:80")).catch((e) => e);
  assert.ok(error instanceof CommandError);
  assert.equal(error.code, "no_blobs");
  assert.equal(error.message, "blobs cannot be served on 127.0.0.1:80: address in use");
  assert.match(error.suggestion!, /node\.blob_listen/);
});
