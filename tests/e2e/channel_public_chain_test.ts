/** A channel on a public chain id, whatever the wire. */
import assert from "node:assert/strict";
import { json, testHome } from "./process.ts";
import { startAnvil } from "../../network/chain/anvil_process.ts";
import {
  balancesOf,
  DEV_REGISTRY,
  DEV_TOKEN,
  DEV_TOKEN_NETWORK,
  foundChain,
} from "../../network/chain/dev_contracts.ts";

Deno.test("channel open on Base Sepolia's chain id, with throw-away keys on a node of our own", async () => {
  await using buyer = await testHome();
  const node = await startAnvil({
    chainId: 84_532,
    folder: buyer.path,
    path: Deno.env.get("PATH") ?? "",
  });
  try {
    await Deno.writeTextFile(`${buyer.path}/pass`, "a passphrase of the test\n", { mode: 0o600 });
    const config = (extra: string) =>
      Deno.writeTextFile(
        `${buyer.path}/crosstown.toml`,
        [
          'network = "sepolia"',
          "[wallet]",
          `passphrase_file = "${buyer.path}/pass"`,
          "[networks.sepolia]",
          'write = "nostr"',
          'relay_url = "ws://127.0.0.1:9"',
          "[networks.sepolia.chain]",
          "chain_id = 84532",
          `rpc_urls = ["http://127.0.0.1:9", "${node.rpcUrl}"]`,
          `registry_address = "${DEV_REGISTRY}"`,
          `token_address = "${DEV_TOKEN}"`,
          `token_network_address = "${extra}"`,
        ].join("\n"),
      );
    await config(DEV_TOKEN_NETWORK);
    await buyer.json(["wallet", "init", "--passphrase-file", `${buyer.path}/pass`]);
    const { address } = await json(["wallet", "whoami"], { home: buyer.path });
    const endowment = { address, tokenRaw: 100_000_000n, gasWei: 10n ** 18n };
    await foundChain(node.rpcUrl, [endowment]);
    const peer = `0x${"ab".repeat(20)}`;
    const nobody = await buyer.json(["channel", "open", "--deposit", "5"], { code: 1 });
    assert.equal(nobody.error.code, "no_peer");
    const opened = await buyer.json(["channel", "open", "--deposit", "5", "--peer", peer]);
    assert.equal(opened.deposit_units, "5000000");
    const [purse, contract] = await balancesOf(node.rpcUrl, [address, DEV_TOKEN_NETWORK]);
    assert.deepEqual([purse.tokenRaw, contract.tokenRaw], [95_000_000n, 5_000_000n]);
    const { channels } = await buyer.json(["channel", "list"]);
    assert.deepEqual([channels.length, channels[0].peer], [1, peer]);
    // A token network that the registry does not name is no token network of ours.
    await config(`0x${"cd".repeat(20)}`);
    const { error } = await buyer.json(
      ["channel", "open", "--deposit", "5", "--peer", peer],
      { code: 1 },
    );
    assert.match(error.code, /^(channel_chain|wrong_contract)$/);
  } finally {
    await node.stop();
  }
});
