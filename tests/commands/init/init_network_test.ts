import assert from "node:assert/strict";
import { npubEncode } from "nostr-tools/nip19";
import { startRelayServer } from "../../../network/relay/relay_server.ts";
import { ilpPeerInfoTemplate } from "../../../protocols/nostr/ilp_peer_info.ts";
import { rig } from "../../network/connector/rig.ts";
import { ADDRESS, NETWORK, TOKEN, TOWN } from "../../market/terms/parties.ts";
import { world } from "./init_world.ts";

Deno.test("init accepts a relay's terms that have the stated fingerprint, or that a person has compared, and no others", async () => {
  const relay = await startRelayServer({
    file: ":memory:",
    write: "ilp",
    identity: {
      name: "town",
      description: "",
      pubkey: TOWN.pubkey,
      ilpAddress: "g.town.relay",
      priceUnitsPerByte: 12n,
      asset: { code: "M2M", scale: 6 },
      version: "0",
    },
  });
  try {
    const chain = "evm:84532";
    const event = await TOWN.sign(ilpPeerInfoTemplate({
      ilpAddress: "g.town.relay",
      btpEndpoint: "ws://127.0.0.1:3000",
      assetCode: "M2M",
      assetScale: 6,
      pricePerByteUnits: 12n,
      supportedChains: [chain],
      settlementAddresses: { [chain]: ADDRESS },
      tokenNetworks: { [chain]: NETWORK },
    }, Math.floor(Date.now() / 1_000)));
    await relay.write(new TextEncoder().encode(JSON.stringify(event)));
    const town = `[networks.town]
relay_url = "ws://127.0.0.1:${relay.port}"
connector_btp = "btp+ws://127.0.0.1:1"
[networks.town.chain]
chain_id = 84532
token_network_address = "${NETWORK}"
token_address = "${TOKEN}"
`;
    const stepsWith = async (
      flags: readonly string[],
      answer?: (question: string) => string,
    ) => {
      await using home = await world();
      await Deno.writeTextFile(`${home.path}/crosstown.toml`, town, { mode: 0o600 });
      const args = ["--network", "town", "--passphrase-file", `${home.path}/pass`, ...flags];
      const { out, err } = answer === undefined
        ? await home.init([...args, "--output", "json"])
        : await home.init(args, answer);
      const { accepted } = await home.command("relay", "terms", "--pin", TOWN.pubkey);
      return { out, err, accepted };
    };
    const key = ["--relay-key", TOWN.pubkey];
    const alone = await stepsWith(key);
    assert.equal(alone.accepted, null, "a key alone vouches for no terms");
    const shown = /fingerprint ([0-9a-f ]{39})/.exec(alone.err)![1];

    const other = await stepsWith([...key, "--terms-fingerprint", "0".repeat(32)]);
    assert.equal(other.accepted, null);
    assert.match(other.out, /"name":"terms","status":"failed"/);

    const stated = await stepsWith([...key, "--terms-fingerprint", shown]);
    assert.equal(stated.accepted.settlement_address, ADDRESS);
    assert.match(stated.out, /"name":"terms","status":"done"/);

    const keys = ["abc", npubEncode(TOWN.pubkey)];
    const compared = await stepsWith(
      ["--key-file", "/nowhere"],
      (question) =>
        question.startsWith("The relay's public key")
          ? keys.shift()!
          : question.startsWith("Does the relay's operator")
          ? "yes"
          : "",
    );
    assert.equal(compared.accepted.pubkey, TOWN.pubkey);
    assert.match(compared.err, /^ {2}it must be a public key: 64 hex digits, or an npub$/m);
  } finally {
    await relay.close();
  }
});

Deno.test("init asks a connector before it writes it: one that does not answer is not written, one that answers is", async () => {
  await using net = await rig();
  await using home = await world();
  const paid = `[networks.paid]
relay_url = "ws://127.0.0.1:1"
connector_btp = "btp+ws://127.0.0.1:1"
[networks.paid.connector_auth]
username = "buyer"
token = "buyer token"
`;
  await Deno.writeTextFile(`${home.path}/crosstown.toml`, paid, { mode: 0o600 });
  const given = ["--network", "paid", "--passphrase-file", `${home.path}/pass`, "--output", "json"];
  const step = async (...args: string[]) => {
    const { steps } = JSON.parse((await home.init([...given, ...args])).out);
    return steps.find(({ name }: { name: string }) => name === "connector");
  };
  const set = async () => (await home.command("config", "get", "connector")).value;

  const silent = await step();
  assert.equal(silent.status, "warn");
  assert.match(silent.message, /^btp\+ws:\/\/127\.0\.0\.1:1 does not answer/);

  const wrong = await step("--connector", "btp+ws://127.0.0.1:2");
  assert.equal(wrong.status, "failed");
  assert.match(wrong.suggestion, /crosstown config set connector btp\+ws:\/\/127\.0\.0\.1:2/);
  assert.equal(await set(), "btp+ws://127.0.0.1:1");

  const answers = await step("--connector", net.connector.url);
  assert.deepEqual([answers.status, answers.message], ["done", `${net.connector.url} answers`]);
  assert.equal(await set(), net.connector.url);
  assert.equal((await step()).status, "kept");

  const file = await Deno.readTextFile(`${home.path}/crosstown.toml`);
  await Deno.writeTextFile(`${home.path}/crosstown.toml`, file.replace("buyer token", "wrong"));
  const refused = await step();
  assert.equal(refused.status, "warn");
  assert.match(refused.message, /refuses this home/);
});
