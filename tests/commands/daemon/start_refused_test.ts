/** Settings and homes with which no daemon starts. None of them would be better at the next start. */
import assert from "node:assert/strict";
import { run } from "../memory_io.ts";
import { marketHome } from "../market_home.ts";

const PAID = `[networks.paid]
relay_url = "ws://127.0.0.1:1"
connector_btp = "btp+ws://127.0.0.1:1"
[networks.paid.chain]
chain_id = 84532
token_network_address = "0x${"1".repeat(40)}"
token_address = "0x${"2".repeat(40)}"
`;

for (
  const { role, name, network, text, code, words } of [
    {
      role: "node",
      name: "lightning_msats and no wallet that makes invoices",
      network: "local",
      text: "[node]\nlightning_msats = 1000\n",
      code: "no_lightning_wallet",
      words: /wallet_file and relay under \[lightning\]/,
    },
    {
      role: "node",
      name: "a Lightning wallet without a relay",
      network: "local",
      text: '[node]\nlightning_msats = 1000\n[lightning]\nwallet_file = "/nowhere/nwc"\n',
      code: "no_wallet_relay",
      words: /set relay under \[lightning\]/,
    },
    {
      role: "mayor",
      name: "a Lightning wallet without a relay",
      network: "local",
      text: '[lightning]\nwallet_file = "/nowhere/nwc"\n',
      code: "no_wallet_relay",
      words: /set relay under \[lightning\]/,
    },
    {
      role: "mayor",
      name: "a Lightning wallet of real money",
      network: "local",
      text:
        '[lightning]\nwallet_file = "/nowhere/nwc"\nrelay = "ws://127.0.0.1:1"\nnetwork = "bitcoin"\n',
      code: "mainnet",
      words: /set network under \[lightning\] to signet, testnet or regtest/,
    },
    {
      role: "node",
      name: "lightning_msats on a network whose writes are paid",
      network: "paid",
      text:
        '[node]\nlightning_msats = 1000\n[lightning]\nwallet_file = "/nowhere/nwc"\nrelay = "ws://127.0.0.1:1"\nnetwork = "regtest"\n',
      code: "no_lightning_here",
      words: /a write on paid is paid.*leave lightning_msats under \[node\] out/s,
    },
  ]
) {
  Deno.test(`${role} run with ${name} exits with 2, so that no supervisor starts it again`, async () => {
    await using home = await marketHome([]);
    const file = `${home.io().variables.HOME}/crosstown.toml`;
    await Deno.writeTextFile(file, `${await Deno.readTextFile(file)}${PAID}${text}`);
    const shown = await run([role, "run", "--network", network], { io: home.io() });
    assert.equal(shown.code, 2, shown.err);
    assert.match(shown.err, words);
    const told = await run(
      [role, "run", "--network", network, "--output", "json"],
      { io: home.io() },
    );
    assert.equal(JSON.parse(told.out || told.err).error.code, code);
  });
}

Deno.test("node up --network dev says in which home it looked for the network, and makes nothing where none is up", async () => {
  await using home = await marketHome([]);
  const root = home.io().variables.HOME;
  const own = `${root}/own`;
  const elsewhere = await run(["node", "up", "--network", "dev", "--home", own], {
    io: home.io(),
  });
  assert.equal(elsewhere.code, 1, elsewhere.err);
  assert.ok(elsewhere.err.includes(`no dev network is up in ${root}`), elsewhere.err);
  assert.match(elsewhere.err, /'crosstown dev up --detach' in one home/);
  await assert.rejects(Deno.stat(`${own}/dev`), Deno.errors.NotFound);
  const here = await run(["node", "up", "--network", "dev"], { io: home.io() });
  assert.match(here.err, /no dev network is up in this home/);
});
