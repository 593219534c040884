import assert from "node:assert/strict";
import { parse } from "smol-toml";
import { loadConfig } from "../../config/config.ts";
import { formatProfile, parseProfile } from "../../config/profiles.ts";
import type { Profile } from "../../config/profile.ts";

const DOCUMENT = await Deno.readTextFile(new URL("../../docs/networks.md", import.meta.url));

/** A profile in which every key has a value, except those that replace a chain. */
const FULL: Profile = {
  name: "full",
  relayUrl: "wss://relay.example",
  moreRelays: ["wss://relay-two.example"],
  relay: { pubkey: "ab".repeat(32), ilpAddress: "g.town.relay", priceUnitsPerByte: 10n },
  write: "ilp",
  connectorBtp: "btp+wss://connector.example",
  connectorAuth: { username: "me", token: "secret" },
  peer: { address: `0x${"2".repeat(40)}`, channelId: null },
  hopFees: [{ prefix: "g.town.far", flatUnits: 3n, basisPoints: 10 }],
  ilpAddress: "g.town.me",
  wire: "interledger",
  chain: {
    chainId: 84532,
    tokenNetworkAddress: `0x${"3".repeat(40)}`,
    factsFile: null,
    rpcUrls: ["https://rpc.example"],
    confirmations: 2,
    tokenAddress: `0x${"4".repeat(40)}`,
    registryAddress: `0x${"5".repeat(40)}`,
    tokenNetworkCodeHash: `0x${"6".repeat(64)}`,
    deployBlock: 7,
    unitsPerBase: 1n,
    unitsPerNative: 3_000_000_000n,
    explorerUrl: "https://explorer.example",
    faucetUrl: "https://faucet.example",
  },
  asset: { code: "M2M", scale: 6, announcedScale: 9 },
  testnet: true,
  peerRule: "strict",
};

/** A profile in which a file replaces the chain. */
const FACTS: Profile = {
  ...FULL,
  peer: { address: `0x${"2".repeat(40)}`, channelId: `0x${"1".repeat(64)}` },
  chain: { ...FULL.chain, factsFile: "/f", rpcUrls: [] },
};

Deno.test("docs/networks.md lists every key of a profile and no other", () => {
  const keys = (table: object, prefix = ""): string[] =>
    Object.entries(table).flatMap(([key, value]) =>
      typeof value === "object" && !Array.isArray(value)
        ? keys(value, `${key}.`)
        : [`${prefix}${key}`]
    );
  const written = new Set<string>();
  for (const profile of [FULL, FACTS]) {
    const text = formatProfile(profile);
    assert.deepEqual(parseProfile(text), profile);
    for (const key of keys(parse(text))) if (key !== "name") written.add(key);
  }
  const table = DOCUMENT.split("## Every key")[1]!;
  const listed = [...table.matchAll(/^\| `([a-z_.]+)` /gm)].map(([, key]) => key!);
  assert.deepEqual(listed.sort(), [...written].sort());
});

const examples = [...DOCUMENT.matchAll(/```toml\n([\s\S]*?)```/g)].map(([, toml]) => toml!);

for (const [n, text] of examples.entries()) {
  Deno.test(`docs/networks.md example ${n + 1} is a configuration that is taken`, async () => {
    const config = await loadConfig({
      flags: { home: "/h" },
      env: () => undefined,
      readFile: (path) =>
        Promise.resolve(path === "/h/crosstown.toml" ? { text, mode: 0o600 } : null),
      isFolder: () => Promise.resolve(false),
      cwd: "/",
      homeDir: "/u",
      admit: () => Promise.resolve(),
    });
    assert.equal(config.get("wallet.passphrase_file"), "/home/you/.gt/passphrase");
    if (!text.includes("[networks.club]")) return;
    assert.equal(config.profile.name, "club");
    assert.equal(config.profile.write, "nostr");
    assert.equal(config.profile.testnet, true);
  });
}
