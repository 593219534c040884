import assert from "node:assert/strict";
import { lineOfKey } from "../../config/toml_lines.ts";
import { BASE_SEPOLIA } from "../../config/base_sepolia.ts";
import { DEV, DEV_FILE, FILE, KEY, load, NET, type World } from "./config_world.ts";

Deno.test("loadConfig() takes a network's own relay of the file before the one for all, and neither for dev", async () => {
  const all = 'relay = "wss://all.example"\nconnector = "btp+wss://all.example"\n';
  const files = { [FILE]: `${all}[relays]\nbase-sepolia = "wss://own.example"\n`, ...DEV_FILE };
  const public_ = await load({ files, flags: { network: "base-sepolia" } });
  assert.equal(public_.profile.relayUrl, "wss://own.example");
  assert.deepEqual(
    public_.explain().filter(({ key }) => key === "relay"),
    [{ key: "relay", value: "wss://own.example", source: FILE }],
  );
  const dev = await load({ files });
  assert.equal(dev.profile.name, "dev");
  assert.equal(dev.profile.relayUrl, DEV.relayUrl);
  assert.equal(dev.profile.connectorBtp, DEV.connectorBtp);
  assert.equal(
    (await load({ files, flags: { relay: "wss://flag.example" } })).profile.relayUrl,
    "wss://flag.example",
  );
  for (
    const [name, words] of [["dev", /its own relay/], ["base-sepola", /no network profile/]]
  ) {
    await assert.rejects(
      load({ files: { [FILE]: `[relays]\n${name} = "wss://x.example"\n` } }),
      words as RegExp,
    );
  }
  await assert.rejects(
    load({ files: { [FILE]: '[relays]\nbase-sepolia = "ws://far.example"\n' } }),
    /relays.base-sepolia in .*line 2/,
  );
});

Deno.test("loadConfig() takes flag, then environment, then file, then default, and says which", async () => {
  const files = { [FILE]: 'relay = "wss://file.example"\n[jobs]\ntimeout_s = 60\n' };
  const env = {
    GASTOWN_CROSSTOWN_RELAY_URL: "wss://long.example",
    CROSSTOWN_RELAY_URL: "wss://alias.example",
  };
  const of = async (world: World) => {
    const config = await load(world);
    const { source } = config.explain().find(({ key }) => key === "relay")!;
    return [config.profile.relayUrl, source];
  };
  assert.deepEqual(await of({ files, env, flags: { relay: "wss://flag.example" } }), [
    "wss://flag.example",
    "--relay",
  ]);
  assert.deepEqual(await of({ files, env }), ["wss://long.example", "GASTOWN_CROSSTOWN_RELAY_URL"]);
  assert.deepEqual(await of({ files, env: { CROSSTOWN_RELAY_URL: env.CROSSTOWN_RELAY_URL } }), [
    "wss://alias.example",
    "CROSSTOWN_RELAY_URL",
  ]);
  assert.deepEqual(await of({ files }), ["wss://file.example", FILE]);
  assert.deepEqual(await of({}), [BASE_SEPOLIA.relayUrl, "base-sepolia profile"]);
  assert.equal((await load({ files })).get("jobs.timeout_s"), 60);
  assert.equal((await load({})).get("jobs.timeout_s"), 300);
});

Deno.test("loadConfig() keeps the dev network's own relay and connector, whatever the environment names, and says so", async () => {
  const env = {
    GASTOWN_CROSSTOWN_RELAY_URL: "wss://long.example",
    CROSSTOWN_CONNECTOR_BTP: "btp+wss://c.example:3000",
  };
  const { profile, explain } = await load({ files: DEV_FILE, env });
  assert.equal(profile.relayUrl, DEV.relayUrl);
  assert.equal(profile.connectorBtp, DEV.connectorBtp);
  const sources = Object.fromEntries(explain().map(({ key, source }) => [key, source]));
  assert.equal(sources.relay, "dev profile, not GASTOWN_CROSSTOWN_RELAY_URL");
  assert.equal(sources.connector, "dev profile, not CROSSTOWN_CONNECTOR_BTP");
  const elsewhere = await load({ files: DEV_FILE, env, flags: { network: "base-sepolia" } });
  assert.equal(elsewhere.profile.relayUrl, "wss://long.example");
});

Deno.test("loadConfig() takes further relays as it takes other settings, once each, without the home's own", async () => {
  const files = {
    [FILE]:
      'more_relays = ["wss://b.example", "wss://b.example/", "wss://relay.crosstown.network"]\n' +
      '[networks.n]\nrelay_url = "wss://r.example"\nwrite = "nostr"\n' +
      'more_relays = ["wss://c.example"]\n',
    ...DEV_FILE,
  };
  const env = { GASTOWN_CROSSTOWN_MORE_RELAYS: "wss://d.example, ws://127.0.0.1:7001" };
  const of = async (world: World) => {
    const { profile, explain } = await load(world);
    const { value, source } = explain().find(({ key }) => key === "more_relays")!;
    return [profile.moreRelays, value, source];
  };
  const flags = { network: "base-sepolia" };
  assert.deepEqual(await of({ files, flags }), [
    ["wss://b.example"],
    "wss://b.example,wss://b.example/,wss://relay.crosstown.network",
    FILE,
  ]);
  assert.deepEqual((await of({ files, env, flags }))[0], [
    "wss://d.example",
    "ws://127.0.0.1:7001",
  ]);
  const own = { [FILE]: files[FILE].split("\n").slice(1).join("\n") };
  assert.deepEqual(await of({ files: own, flags: { network: "n" } }), [
    ["wss://c.example"],
    "wss://c.example",
    "n profile",
  ]);
  assert.deepEqual(await of({ flags }), [undefined, "", "default"]);
  // The dev network has its own relay: only a flag, which applies to one command, names another one.
  assert.deepEqual(await of({ files, env }), [
    undefined,
    "",
    "not GASTOWN_CROSSTOWN_MORE_RELAYS",
  ]);
  assert.deepEqual(await of({ files, flags: { moreRelays: "ws://127.0.0.1:7002" } }), [
    ["ws://127.0.0.1:7002"],
    "ws://127.0.0.1:7002",
    "--more-relays",
  ]);
});

Deno.test("loadConfig() reads what a run of each skill costs, and shows it", async () => {
  const files = {
    [FILE]: "[node]\nprice_units = 5\n[node.prices]\nci-run = 250000\necho = '0'\n",
  };
  const config = await load({ files });
  assert.deepEqual(config.get("node.prices"), { "ci-run": 250_000n, echo: 0n });
  assert.equal(config.get("node.price_units"), 5n);
  const { value, source } = config.explain().find(({ key }) => key === "node.prices")!;
  assert.deepEqual([value, source], ["ci-run=250000,echo=0", FILE]);
  assert.deepEqual((await load({})).get("node.prices"), {});
});

Deno.test("loadConfig() reads how each skill may be paid, and shows it", async () => {
  const files = {
    [FILE]: '[node.payment_modes]\nci-run = ["on-delivery", "metered"]\necho = ["upfront"]\n',
  };
  const config = await load({ files });
  assert.deepEqual(config.get("node.payment_modes"), {
    "ci-run": ["on-delivery", "metered"],
    echo: ["upfront"],
  });
  const { value } = config.explain().find(({ key }) => key === "node.payment_modes")!;
  assert.equal(value, "ci-run=on-delivery+metered,echo=upfront");
  assert.deepEqual((await load({})).get("node.payment_modes"), {});
});

Deno.test("loadConfig() reads every variable of the environment that is documented", async () => {
  const config = await load({
    env: {
      GASTOWN_WALLET_ADDRESS: `0x${"a".repeat(40)}`,
      GASTOWN_WALLET_PRIVATE_KEY_ENCRYPTED: "A".repeat(100),
      GASTOWN_CROSSTOWN_CONNECTOR_BTP: "btp+wss://c.example:3000",
      GASTOWN_BASE_SEPOLIA_RPC: "https://rpc.example",
      GASTOWN_MAX_CHANNEL_BALANCE_M2M: "12.5",
    },
  });
  assert.equal(config.get("wallet.address"), `0x${"a".repeat(40)}`);
  assert.equal(config.profile.connectorBtp, "btp+wss://c.example:3000");
  assert.deepEqual(config.profile.chain.rpcUrls, ["https://rpc.example"]);
  assert.equal(config.get("limits.channel_m2m"), 12_500_000n);
  const shown = Object.fromEntries(config.explain().map(({ key, value }) => [key, value]));
  assert.equal(shown["limits.channel_m2m"], "12.500000");
  assert.equal(shown["wallet.private_key_encrypted"], "(hidden)");
  assert.equal(
    (await load({ env: { CROSSTOWN_CONNECTOR_BTP: "btp+ws://localhost:1" } })).profile.connectorBtp,
    "btp+ws://localhost:1",
  );
});

Deno.test("loadConfig() uses the dev network where one is up, and base-sepolia otherwise", async () => {
  const up = await load({ files: DEV_FILE });
  assert.deepEqual(up.profile, DEV);
  assert.deepEqual([...up.profiles.keys()].sort(), ["base-sepolia", "dev"]);
  assert.equal(
    (await load({ files: DEV_FILE, flags: { network: "base-sepolia" } })).profile.name,
    "base-sepolia",
  );
  assert.deepEqual((await load({})).profile, BASE_SEPOLIA);
});

Deno.test("loadConfig() takes a network of the file, also a plain relay", async () => {
  const files = {
    [FILE]: `network = "plain"
[networks.plain]
relay_url = "wss://relay.example"
write = "nostr"
[networks.mine]
relay_url = "ws://127.0.0.1:7000"
connector_btp = "btp+wss://c.example"
wire = "crosstown"
[networks.mine.relay]
pubkey = "${"a".repeat(64)}"
ilp_address = "g.town.relay"
price_units_per_byte = 12
[networks.mine.connector_auth]
username = "me"
token = "t"
[networks.mine.chain]
chain_id = 84532
`,
  };
  const plain = await load({ files });
  assert.equal(plain.profile.write, "nostr");
  assert.equal(plain.profile.connectorBtp, null);
  const mine = (await load({ files, flags: { network: "mine" } })).profile;
  assert.equal(mine.relay?.priceUnitsPerByte, 12n);
  assert.equal(mine.testnet, true);
  assert.equal(mine.peerRule, "strict");
});

Deno.test("lineOfKey() finds keys under headers, dotted, quoted, and the header where a key is missing", () => {
  const text =
    '# a\nnetwork = "x"\n\n[ node ]\njobs = 1\n"tags" = []\n[networks.a]\nrelay.url = "w"\n';
  const lines: readonly (readonly [string, number | null])[] = [
    ["network", 2],
    ["node.jobs", 5],
    ["node.tags", 6],
    ["node.missing", 4],
    ["networks.a.relay.url", 8],
    ["networks.a.relay.pubkey", 8],
    ["networks", 7],
    ["wallet.x", null],
  ];
  for (const [key, line] of lines) assert.equal(lineOfKey(text, key), line, key);
});

Deno.test("loadConfig() takes a plain-text key for throw-away use on a test network and hides it", async () => {
  const config = await load({
    env: { GASTOWN_WALLET_PRIVATE_KEY: KEY, GASTOWN_ALLOW_UNENCRYPTED_KEYS: "true" },
  });
  assert.equal(config.get("wallet.private_key"), KEY);
  assert.ok(!JSON.stringify(config.explain()).includes(KEY));
});

Deno.test("loadConfig() allows a main network only when told", async () => {
  const { profile } = await load({
    flags: { network: "n" },
    files: { [FILE]: `${NET}[networks.n.chain]\nchain_id = 8453` },
    env: { GASTOWN_ALLOW_MAINNET: "true" },
  });
  assert.equal(profile.testnet, false);
});
