import assert from "node:assert/strict";
import type { ConfigError } from "../../base/config_error.ts";
import { formatProfile } from "../../config/profiles.ts";
import { DEV, FILE, KEY, load, NET, type World } from "./config_world.ts";

for (
  const [name, text, words] of [
    [
      "without TLS",
      '["ws://far.example"]',
      /more_relays in .*line 1,? goes to far.example without/,
    ],
    ["with a password", '["wss://u:p@far.example"]', /must carry no user/],
    ["that is no text", "[7]", /a list of addresses in quotes/],
    ["nine times", JSON.stringify(Array(9).fill("wss://a.example")), /at most 8 addresses/],
  ] as const
) {
  Deno.test(`loadConfig() refuses a further relay ${name}, and names the line`, async () => {
    await assert.rejects(load({ files: { [FILE]: `more_relays = ${text}\n` } }), words);
  });
}

const refused: readonly {
  name: string;
  world: World;
  code: ConfigError["code"];
  says?: RegExp;
  suggests?: RegExp;
}[] = [
  {
    name: "an unknown key",
    world: { files: { [FILE]: "netwrok = 'dev'" } },
    code: "config_unknown_key",
    says: /unknown key netwrok \(.*crosstown\.toml, line 1\)/,
    suggests: /did you mean 'network'/,
  },
  {
    name: "an unknown key of a group",
    world: { files: { [FILE]: "[jobs]\ntimeout = 5" } },
    code: "config_unknown_key",
    says: /jobs\.timeout/,
    suggests: /timeout_s/,
  },
  {
    name: "a price for what is no skill's name",
    world: { files: { [FILE]: "[node.prices]\n'Ci Run' = 5" } },
    code: "config_invalid",
    says: /node\.prices/,
  },
  ...['"upfront"', "[]", '["free"]', '["upfront", "upfront"]'].map((modes) => ({
    name: `payment modes that are ${modes}`,
    world: { files: { [FILE]: `[node.payment_modes]\nci-run = ${modes}` } },
    code: "config_invalid" as const,
    says: /node\.payment_modes .*upfront, on-delivery, metered, lightning/,
  })),
  {
    name: "a price below zero",
    world: { files: { [FILE]: "[node.prices]\nci-run = -5" } },
    code: "config_invalid",
    says: /whole number/,
  },
  {
    name: "prices that are no table",
    world: { files: { [FILE]: "[node]\nprices = 5" } },
    code: "config_invalid",
    says: /node\.prices/,
  },
  {
    name: "an unknown group",
    world: { files: { [FILE]: "[wallets]\na = 1" } },
    code: "config_unknown_key",
    suggests: /'wallet'/,
  },
  {
    name: "an unknown key of a network",
    world: { files: { [FILE]: `${NET}wier = "crosstown"` } },
    code: "config_unknown_key",
    says: /networks\.n\.wier \(.*crosstown\.toml, line 4\)/,
    suggests: /'wire'/,
  },
  {
    name: "a key that only the environment may hold",
    world: { files: { [FILE]: "allow_mainnet = true" } },
    code: "config_unknown_key",
  },
  {
    name: "a permission for plain keys in the file",
    world: { files: { [FILE]: "[wallet]\nallow_unencrypted_keys = true" } },
    code: "config_unknown_key",
  },
  {
    name: "__proto__ as a key",
    world: { files: { [FILE]: "[__proto__]\na = 1" } },
    code: "config_unknown_key",
  },
  {
    name: "broken TOML",
    world: { files: { [FILE]: 'relay = "x\n' } },
    code: "config_syntax",
    says: /line 1/,
  },
  {
    name: "a group that is no table",
    world: { files: { [FILE]: "# first\njobs = 3" } },
    code: "config_invalid",
    says: /line 2/,
  },
  {
    name: "a value of the wrong type",
    world: { files: { [FILE]: "[jobs]\ntimeout_s = 'x'" } },
    code: "config_invalid",
    says: /jobs\.timeout_s in .*crosstown\.toml, line 2, must be a whole number from 1 to 86400/,
  },
  {
    name: "a value out of range",
    world: { files: { [FILE]: "[jobs]\ntimeout_s = 0" } },
    code: "config_invalid",
  },
  {
    name: "an amount with too many decimals",
    world: { env: { GASTOWN_MAX_CHANNEL_BALANCE_M2M: "0.0000001" } },
    code: "config_invalid",
  },
  {
    name: "a negative amount",
    world: { env: { GASTOWN_MAX_CHANNEL_BALANCE_M2M: "-1" } },
    code: "config_invalid",
  },
  {
    name: "a mayor that leaves the folder",
    world: { flags: { mayor: "../x" } },
    code: "config_invalid",
  },
  {
    name: "ws:// beyond loopback",
    world: { flags: { relay: "ws://relay.example" } },
    code: "insecure_url",
  },
  {
    name: "btp+ws:// beyond loopback",
    world: { env: { CROSSTOWN_CONNECTOR_BTP: "btp+ws://10.0.0.1:3000" } },
    code: "insecure_url",
  },
  {
    name: "a name that only begins like loopback",
    world: { flags: { relay: "ws://127.0.0.1.evil.example" } },
    code: "insecure_url",
  },
  {
    name: "a chain without TLS",
    world: { env: { GASTOWN_BASE_SEPOLIA_RPC: "http://rpc.example" } },
    code: "insecure_url",
  },
  {
    name: "another scheme",
    world: { flags: { relay: "https://relay.example" } },
    code: "config_invalid",
  },
  {
    name: "a connector without btp+",
    world: { flags: { connector: "wss://c" } },
    code: "config_invalid",
  },
  {
    name: "a password in an address",
    world: { flags: { relay: "wss://u:p@relay.example" } },
    code: "config_invalid",
  },
  {
    name: "an unknown network",
    world: { flags: { network: "base-sepola" } },
    code: "unknown_network",
    suggests: /base-sepolia/,
  },
  {
    name: "dev where none is up",
    world: { flags: { network: "dev" } },
    code: "unknown_network",
    suggests: /dev up/,
  },
  {
    name: "a network that takes a built-in name",
    world: { files: { [FILE]: '[networks.dev]\nrelay_url = "wss://r"' } },
    code: "config_invalid",
  },
  {
    name: "paid writes without a connector",
    world: { files: { [FILE]: '[networks.n]\nrelay_url = "wss://r"' } },
    code: "config_invalid",
    suggests: /write = "nostr"/,
  },
  {
    name: "a main network called a test network",
    world: { files: { [FILE]: `${NET}testnet = true\n[networks.n.chain]\nchain_id = 8453` } },
    code: "config_invalid",
  },
  {
    name: "a main network",
    world: { flags: { network: "n" }, files: { [FILE]: `${NET}testnet = false` } },
    code: "mainnet_refused",
  },
  {
    name: "a network on an unknown chain",
    world: {
      flags: { network: "n" },
      files: { [FILE]: `${NET}[networks.n.chain]\nchain_id = 999999` },
    },
    code: "mainnet_refused",
  },
  {
    name: "a plain-text key",
    world: { env: { GASTOWN_WALLET_PRIVATE_KEY: KEY } },
    code: "plain_text_key_refused",
    suggests: /wallet configure/,
  },
  {
    name: "a plain-text key on a main network",
    world: {
      flags: { network: "n" },
      files: { [FILE]: `${NET}testnet = false` },
      env: {
        GASTOWN_WALLET_PRIVATE_KEY: KEY,
        GASTOWN_ALLOW_UNENCRYPTED_KEYS: "true",
        GASTOWN_ALLOW_MAINNET: "true",
      },
    },
    code: "plain_text_key_refused",
  },
  {
    name: "a key in a file that others may read",
    world: { files: { [FILE]: { text: `[wallet]\nprivate_key = "${KEY}"`, mode: 0o100644 } } },
    code: "config_permissions",
    suggests: /chmod 600/,
  },
  {
    name: "a dev profile that others may read",
    world: { files: { "/u/a/.gt/dev/profile.toml": { text: formatProfile(DEV), mode: 0o640 } } },
    code: "config_permissions",
  },
  ...[".gt", "./.gt/", "h", "."].map((path) => ({
    name: `GASTOWN_HOME=${path}, which is another home in each folder`,
    world: { env: { GASTOWN_HOME: path } },
    code: "config_invalid" as const,
    suggests: /full path/,
  })),
  {
    name: "a system without a user's folder",
    world: { homeDir: null, cwd: "/" },
    code: "config_invalid",
    suggests: /GASTOWN_HOME/,
  },
];

for (const { name, world, code, says, suggests } of refused) {
  Deno.test(`loadConfig() refuses ${name}`, async () => {
    await assert.rejects(load(world), (error: ConfigError) => {
      assert.equal(error.code, code, error.message);
      if (says) assert.match(error.message, says);
      if (suggests) assert.match(error.suggestion, suggests);
      assert.ok(error.suggestion.length > 0);
      assert.ok(!`${error.message}${error.suggestion}`.includes(KEY), "a message shows no key");
      return true;
    });
  });
}
