import assert from "node:assert/strict";
import fc from "fast-check";
import type { Profile } from "../../../services/config/profile.ts";
import { BASE_SEPOLIA, formatProfile, parseProfile } from "../../../services/config/profiles.ts";

const hex = (digits: number) =>
  fc.array(fc.constantFrom(..."0123456789abcdef"), { minLength: digits, maxLength: digits })
    .map((chars) => chars.join(""));
const address = hex(40).map((digits) => `0x${digits}`);
const units = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const text = fc.string({ minLength: 1, maxLength: 40, unit: "grapheme" }).filter((value) =>
  value.isWellFormed()
);

const profile: fc.Arbitrary<Profile> = fc.record({
  name: fc.constantFrom("dev", "my-net", "a1"),
  relayUrl: fc.constantFrom("ws://127.0.0.1:7100", "wss://relay.example/path?x=1"),
  relay: fc.option(fc.record({
    pubkey: hex(64),
    ilpAddress: fc.constantFrom("g.town.relay", "test.relay_1"),
    priceUnitsPerByte: units,
    kindPricesUnitsPerByte: fc.dictionary(fc.nat(65_535).map(String), units),
  }, { requiredKeys: ["pubkey", "ilpAddress", "priceUnitsPerByte"] })),
  write: fc.constantFrom("ilp", "nostr"),
  connectorBtp: fc.constantFrom("btp+ws://127.0.0.1:3000", "btp+wss://c.example:3000"),
  connectorAuth: fc.option(fc.record({ username: text, token: text })),
  channel: fc.option(
    fc.record({ channelId: hex(64).map((digits) => `0x${digits}`), peerAddress: address }),
  ),
  wire: fc.constantFrom("interledger", "crosstown"),
  chain: fc.record({
    chainId: fc.constantFrom(0, 31337, 84532),
    tokenNetworkAddress: address,
    factsFile: fc.option(text),
    unitsPerBase: units.map((value) => value + 1n).filter((value) => value < 2n ** 64n),
    rpcUrl: fc.constantFrom("http://127.0.0.1:8545", "https://rpc.example"),
  }, { requiredKeys: ["chainId", "tokenNetworkAddress", "factsFile"] }),
  asset: fc.record({ code: fc.constantFrom("M2M", "USDC"), scale: fc.nat(18) }),
  testnet: fc.boolean(),
  peerRule: fc.constantFrom("credit", "strict"),
});

Deno.test("parseProfile() gives back what formatProfile() wrote", () => {
  fc.assert(fc.property(profile, (original) => {
    assert.deepEqual(parseProfile(formatProfile(original)), structuredClone(original));
  }));
});

const invalid: readonly { name: string; profile: Profile; says: RegExp }[] = [
  {
    name: "a relay key of another length",
    profile: { ...BASE_SEPOLIA, relay: { pubkey: "ab", ilpAddress: "g.a", priceUnitsPerByte: 1n } },
    says: /relay\.pubkey must be 64/,
  },
  {
    name: "a price of a kind that is none",
    profile: {
      ...BASE_SEPOLIA,
      relay: {
        pubkey: "a".repeat(64),
        ilpAddress: "g.a",
        priceUnitsPerByte: 1n,
        kindPricesUnitsPerByte: { 65_536: 1n },
      },
    },
    says: /kind_prices\.65536 must be under a kind from 0 to 65535/,
  },
  {
    name: "an ILP address of no scheme",
    profile: {
      ...BASE_SEPOLIA,
      relay: { pubkey: "a".repeat(64), ilpAddress: "town", priceUnitsPerByte: 1n },
    },
    says: /relay\.ilp_address/,
  },
  {
    name: "a price above 2^64-1",
    profile: {
      ...BASE_SEPOLIA,
      relay: { pubkey: "a".repeat(64), ilpAddress: "g.a", priceUnitsPerByte: 2n ** 64n },
    },
    says: /price_units_per_byte/,
  },
  {
    name: "a short channel id",
    profile: { ...BASE_SEPOLIA, channel: { channelId: "0x12", peerAddress: "0x" } },
    says: /channel\.channel_id/,
  },
  {
    name: "a contract that is no address",
    profile: { ...BASE_SEPOLIA, chain: { ...BASE_SEPOLIA.chain, tokenNetworkAddress: "0x1" } },
    says: /chain\.token_network_address/,
  },
  { name: "a name with a slash", profile: { ...BASE_SEPOLIA, name: "../x" }, says: /name must be/ },
];

for (const { name, profile, says } of invalid) {
  Deno.test(`parseProfile() refuses ${name}`, () => {
    assert.throws(() => parseProfile(formatProfile(profile)), says);
  });
}
