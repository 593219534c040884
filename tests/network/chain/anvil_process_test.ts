import assert from "node:assert/strict";
import { findAnvil, loopbackAddress, startAnvil } from "../../../network/chain/anvil_process.ts";
import {
  advanceChain,
  balancesOf,
  DEV_TOKEN_NETWORK,
  foundChain,
  mintedTokens,
} from "../../../network/chain/dev_contracts.ts";
import { rpc } from "../../../network/chain/json_rpc.ts";
import { isAlive, killQuietly } from "../../e2e/alive.ts";
import { untilNone } from "../../e2e/process.ts";

const path = Deno.env.get("PATH") ?? "";

async function tempFolder() {
  const folder = await Deno.makeTempDir({ prefix: "ct-" });
  return { folder, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}

Deno.test("startAnvil() and foundChain() give a chain with our contracts, endowed accounts and a clock", async () => {
  await using at = await tempFolder();
  const node = await startAnvil({ chainId: 31_337, folder: at.folder, path });
  try {
    assert.equal(await rpc(node.rpcUrl, "eth_chainId"), "0x7a69");
    const accounts = [1, 2, 3, 4, 5, 6].map((n) => ({
      address: `0x${String(n).repeat(40)}`,
      tokenRaw: BigInt(n) * 1_000_000n,
      gasWei: 10n ** 18n + BigInt(n),
    }));
    await foundChain(node.rpcUrl, accounts);
    assert.deepEqual(
      await balancesOf(node.rpcUrl, accounts.map(({ address }) => address)),
      accounts.map(({ tokenRaw, gasWei }) => ({ tokenRaw, gasWei })),
    );
    assert.equal(await mintedTokens(node.rpcUrl), 21_000_000n);
    assert.notEqual(await rpc(node.rpcUrl, "eth_getCode", DEV_TOKEN_NETWORK, "latest"), "0x");
    const before = await rpc(node.rpcUrl, "eth_getBlockByNumber", "latest", false);
    const after = await advanceChain(node.rpcUrl, 86_400);
    assert.ok(after >= Number((before as { timestamp: string }).timestamp) + 86_400);
    await assert.rejects(() => foundChain(node.rpcUrl, []), /nonce too low/);
    await assert.rejects(() => rpc(node.rpcUrl, "eth_nothing"), /Cannot call eth_nothing/);
  } finally {
    await node.stop();
  }
  assert.equal(await isAlive(node.pid), false);
  await node.ended;
});

Deno.test("loopbackAddress() is random if the system and our permissions have more than one", () => {
  const drawn = Array.from({ length: 50 }, () => loopbackAddress("linux", true));
  assert.ok(new Set(drawn).size > 45);
  for (const address of drawn) {
    assert.match(address, /^127\.\d+\.\d+\.([1-9]|\d\d|1\d\d|2[0-4]\d|25[0-4])$/);
  }
  assert.equal(loopbackAddress("darwin", true), "127.0.0.1");
  assert.equal(loopbackAddress("linux", false), "127.0.0.1");
});

Deno.test("startAnvil() answers at the address that it names, and not to a page in a browser", async () => {
  await using at = await tempFolder();
  const options = { chainId: 31_337, folder: at.folder, path, hostname: "127.0.0.1" };
  const node = await startAnvil(options);
  try {
    const origin = { origin: "https://page.example" };
    const preflight = await fetch(node.rpcUrl, {
      method: "OPTIONS",
      headers: { ...origin, "access-control-request-method": "POST" },
    });
    await preflight.body?.cancel();
    assert.equal(preflight.headers.get("access-control-allow-origin"), null);
    assert.notEqual(preflight.status, 200);
    const body = '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}';
    const headers = { ...origin, "content-type": "text/plain" };
    const simple = await fetch(node.rpcUrl, { method: "POST", headers, body });
    assert.match(await simple.text(), /Invalid request/);
    assert.equal(simple.headers.get("access-control-allow-origin"), null);
  } finally {
    await node.stop();
  }
});

Deno.test("startAnvil() gives chains that start in the same second different genesis blocks", async () => {
  await using at = await tempFolder();
  const options = { chainId: 31_337, folder: at.folder, path };
  const nodes = await Promise.all([startAnvil(options), startAnvil(options), startAnvil(options)]);
  try {
    const blocks = await Promise.all(
      nodes.map(({ rpcUrl }) => rpc(rpcUrl, "eth_getBlockByNumber", "0x0", false)),
    );
    assert.equal(new Set(blocks.map((block) => (block as { hash: string }).hash)).size, 3);
  } finally {
    await Promise.all(nodes.map((node) => node.stop()));
  }
});

Deno.test("startAnvil() leaves nothing behind when its process is killed", async () => {
  await using at = await tempFolder();
  const holder = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--allow-read",
      "--allow-env=PATH",
      "--allow-run=sh",
      new URL("held_anvil.ts", import.meta.url).pathname,
      at.folder,
    ],
    stdout: "piped",
  }).spawn();
  const { value } = await holder.stdout.pipeThrough(new TextDecoderStream()).getReader().read();
  const pid = Number(value);
  assert.equal(await isAlive(pid), true);
  killQuietly(holder.pid);
  await holder.status;
  assert.deepEqual(
    await untilNone(async () => await isAlive(pid) ? [pid] : []),
    [],
    "the node ended with its parent",
  );
});

Deno.test("startAnvil() reports its end when the node is killed", async () => {
  await using at = await tempFolder();
  const node = await startAnvil({ chainId: 31_337, folder: at.folder, path });
  killQuietly(node.pid);
  await node.ended;
  await node.stop();
});

Deno.test("startAnvil() says why there is no chain", async () => {
  await using at = await tempFolder();
  await assert.rejects(
    () => startAnvil({ chainId: -1, folder: at.folder, path }),
    { code: "anvil_failed" },
  );
  const fake = (name: string) =>
    Deno.writeTextFile(`${at.folder}/${name}`, "#!/bin/sh\n", { mode: 0o755 });
  await fake("npx");
  const none = `${at.folder}/none`;
  assert.throws(() => findAnvil("relative:/nowhere", [none]), { code: "no_anvil" });
  assert.deepEqual(findAnvil(at.folder, [none]).slice(0, 2), [`${at.folder}/npx`, "--yes"]);
  await fake("anvil");
  assert.deepEqual(findAnvil(at.folder, [none]), [`${at.folder}/anvil`]);
});
