import assert from "node:assert/strict";
import { layerCache } from "../../../skills/builtin/image_build/layer_cache.ts";
import { temporaryFolder } from "../machine.ts";

type CacheKey = Parameters<ReturnType<typeof layerCache>["take"]>[0];
const DAY_MS = 86_400_000;
const NOW_MS = 1_790_000_000_000;
const key = (buyer: string, more: Partial<CacheKey> = {}): CacheKey => ({
  use: "private",
  buyer: buyer.repeat(64),
  platform: "linux/amd64",
  epochS: 0,
  ...more,
});

/** A cache with a clock, and a folder in which stores are made. */
async function world(options: Parameters<typeof layerCache>[2] = {}) {
  const folder = await temporaryFolder();
  const at = { nowMs: NOW_MS };
  const cache = layerCache(`${folder.path}/layers`, () => at.nowMs, options);
  let made = 0;
  const store = async (content: string): Promise<string> => {
    const path = `${folder.path}/store${made++}`;
    await Deno.mkdir(path);
    await Deno.writeTextFile(`${path}/layer`, content);
    return path;
  };
  const taken = async (asked: CacheKey): Promise<string | null> => {
    const to = `${folder.path}/taken${made++}`;
    return await cache.take(asked, to) ? await Deno.readTextFile(`${to}/layer`) : null;
  };
  return {
    folder,
    cache,
    at,
    store,
    taken,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

Deno.test("layerCache() gives a store only to its buyer and platform, and once at a time", async () => {
  await using at = await world();
  await at.cache.keep(key("a"), await at.store("of a"));
  assert.equal(await at.taken(key("b")), null);
  assert.equal(await at.taken(key("a", { platform: "linux/arm64" })), null);
  assert.equal(await at.taken(key("a", { use: "shared" })), null);
  assert.equal(await at.taken(key("a", { epochS: 1 })), null);
  assert.equal(await at.taken(key("a")), "of a");
  assert.equal(await at.taken(key("a")), null);
});

Deno.test("layerCache() shares a store among those who said so, and keeps their own apart", async () => {
  await using at = await world();
  await at.cache.keep(key("a"), await at.store("of a"));
  await at.cache.keep(key("a", { use: "shared" }), await at.store("of all"));
  assert.equal(await at.taken(key("b", { use: "shared" })), "of all");
  assert.equal(await at.taken(key("a")), "of a");
});

Deno.test("layerCache() keeps the store of the build that ended last", async () => {
  await using at = await world();
  await at.cache.keep(key("a"), await at.store("first"));
  await at.cache.keep(key("a"), await at.store("last"));
  assert.equal(await at.taken(key("a")), "last");
});

Deno.test("layerCache() removes a buyer's own store if the buyer wants none, and keeps none then", async () => {
  await using at = await world();
  await at.cache.keep(key("a"), await at.store("of a"));
  await at.cache.keep(key("a", { epochS: 7 }), await at.store("of a, with a time"));
  await at.cache.keep(key("b"), await at.store("of b"));
  assert.equal(await at.taken(key("a", { use: "none" })), null);
  assert.equal(await at.taken(key("a", { epochS: 7 })), null);
  await at.cache.keep(key("a", { use: "none" }), await at.store("again"));
  assert.equal(await at.taken(key("a")), null);
  assert.equal(await at.taken(key("b")), "of b");
});

Deno.test("layerCache() keeps nothing that is too large, and no link in place of a store", async () => {
  await using at = await world({ maxBytes: 5_000 });
  await at.cache.keep(key("a"), await at.store("x".repeat(6_000)));
  assert.equal(await at.taken(key("a")), null);
  const link = `${at.folder.path}/link`;
  await Deno.symlink(await at.store("outside"), link);
  await at.cache.keep(key("a"), link);
  assert.equal(await at.taken(key("a")), null);
});

Deno.test("layerCache() drops the store that was not used longest, and each after 7 days", async () => {
  await using at = await world({ maxStores: 2 });
  for (const buyer of ["a", "b", "c"]) {
    at.at.nowMs += DAY_MS;
    await at.cache.keep(key(buyer), await at.store(buyer));
  }
  assert.equal(await at.taken(key("a")), null);
  assert.equal(await at.taken(key("b")), "b");
  at.at.nowMs += 8 * DAY_MS;
  assert.equal(await at.taken(key("c")), null);
});
