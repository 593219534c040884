import { WIRE_NAMES } from "../../protocols/wires/names.ts";
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Profile } from "../../config/profile.ts";
import { formatProfile, parseProfile } from "../../config/profiles.ts";
import { BASE_SEPOLIA } from "../../config/base_sepolia.ts";

const hex = (digits: number) =>
  fc.array(fc.constantFrom(..."0123456789abcdef"), { minLength: digits, maxLength: digits })
    .map((chars) => chars.join(""));
const address = hex(40).map((digits) => `0x${digits}`);
const units = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const text = fc.string({ minLength: 1, maxLength: 40, unit: "grapheme" }).filter((value) =>
  value.isWellFormed()
);

const chainId = fc.constantFrom(31337, 84532);
const confirmations = fc.integer({ min: 1, max: 1_000 });

/** Nothing to pay with, channels as a file states them, or a chain that is asked. */
const money: fc.Arbitrary<Pick<Profile, "peer" | "chain">> = fc.oneof(
  fc.record({
    peer: fc.constant(null),
    chain: fc.record({
      chainId: fc.constant(0),
      tokenNetworkAddress: address,
      factsFile: fc.constant(null),
      rpcUrls: fc.constant([]),
      confirmations,
    }),
  }),
  fc.record({
    peer: fc.record({ address, channelId: hex(64).map((digits) => `0x${digits}`) }),
    chain: fc.record({
      chainId,
      tokenNetworkAddress: address,
      factsFile: text,
      rpcUrls: fc.constant([]),
      confirmations,
      tokenAddress: address,
      unitsPerBase: fc.constant(1n),
    }, {
      requiredKeys: [
        "chainId",
        "tokenNetworkAddress",
        "factsFile",
        "rpcUrls",
        "confirmations",
        "tokenAddress",
      ],
    }),
  }),
  fc.record({
    peer: fc.option(fc.record({ address, channelId: fc.constant(null) })),
    chain: fc.record({
      chainId,
      tokenNetworkAddress: address.filter((value) => value !== `0x${"0".repeat(40)}`),
      factsFile: fc.constant(null),
      rpcUrls: fc.constantFrom(
        ["http://127.0.0.1:8545"],
        ["https://rpc.example", "https://other.example"],
      ),
      confirmations,
      registryAddress: address,
      tokenAddress: address,
      tokenNetworkCodeHash: hex(64).map((digits) => `0x${digits}`),
      deployBlock: fc.nat(),
      unitsPerNative: units,
    }, {
      requiredKeys: [
        "chainId",
        "tokenNetworkAddress",
        "factsFile",
        "rpcUrls",
        "confirmations",
        "registryAddress",
        "tokenAddress",
      ],
    }),
  }),
);

/** All but where blobs go. */
const REQUIRED = [
  "name",
  "relayUrl",
  "relay",
  "write",
  "connectorBtp",
  "connectorAuth",
  "wire",
  "asset",
  "testnet",
  "peerRule",
] as const;

const profile: fc.Arbitrary<Profile> = fc.tuple(
  money,
  fc.record({
    name: fc.constantFrom("dev", "my-net", "a1"),
    relayUrl: fc.constantFrom("ws://127.0.0.1:7100", "wss://relay.example/path?x=1"),
    relay: fc.option(fc.record({
      pubkey: hex(64),
      ilpAddress: fc.constantFrom("g.town.relay", "test.relay_1"),
      priceUnitsPerByte: units,
      kindPricesUnitsPerByte: fc.dictionary(fc.nat(65_535).map(String), units),
    }, { requiredKeys: ["pubkey", "ilpAddress", "priceUnitsPerByte"] })),
    blobs: fc.record({
      url: fc.constantFrom("https://blobs.example", "http://127.0.0.1:3001"),
      unitsPerMib: units,
      mirrors: fc.constantFrom(["https://a.example"], ["https://a.example", "https://b.example"]),
    }, { requiredKeys: ["url", "unitsPerMib"] }),
    write: fc.constantFrom("ilp", "nostr"),
    connectorBtp: fc.constantFrom("btp+ws://127.0.0.1:3000", "btp+wss://c.example:3000"),
    connectorAuth: fc.option(fc.record({ username: text, token: text })),
    wire: fc.constantFrom(...WIRE_NAMES),
    asset: fc.record({ code: fc.constantFrom("M2M", "USDC"), scale: fc.nat(18) }),
    testnet: fc.boolean(),
    peerRule: fc.constantFrom("credit", "strict"),
  }, { requiredKeys: [...REQUIRED] }),
).map(([paid, rest]) => ({ ...rest, ...paid } as Profile));

Deno.test("parseProfile() gives back what formatProfile() wrote", () => {
  fc.assert(fc.property(profile, (original) => {
    assert.deepEqual(parseProfile(formatProfile(original)), structuredClone(original));
  }));
});

const FACTS: Profile["chain"] = {
  chainId: 31337,
  tokenNetworkAddress: `0x${"2".repeat(40)}`,
  factsFile: "/f",
  rpcUrls: [],
  confirmations: 1,
};

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
    name: "a mirror that is no address of a server",
    profile: {
      ...BASE_SEPOLIA,
      blobs: { url: "https://a.example", unitsPerMib: 0n, mirrors: ["file:///etc/passwd"] },
    },
    says: /blobs\.mirrors/,
  },
  {
    name: "more mirrors than a reference names",
    profile: {
      ...BASE_SEPOLIA,
      blobs: {
        url: "https://a.example",
        unitsPerMib: 0n,
        mirrors: Array.from({ length: 8 }, (_, at) => `https://m${at}.example`),
      },
    },
    says: /mirrors/,
  },
  {
    name: "a short channel id",
    profile: {
      ...BASE_SEPOLIA,
      peer: { address: `0x${"1".repeat(40)}`, channelId: "0x12" },
      chain: FACTS,
    },
    says: /peer\.channel_id must be 0x/,
  },
  {
    name: "a contract that is no address",
    profile: { ...BASE_SEPOLIA, chain: { ...BASE_SEPOLIA.chain, tokenNetworkAddress: "0x1" } },
    says: /chain\.token_network_address/,
  },
  {
    name: "a facts file beside an RPC",
    profile: { ...BASE_SEPOLIA, chain: { ...BASE_SEPOLIA.chain, factsFile: "/f" } },
    says: /chain\.facts_file stands beside chain\.rpc_urls/,
  },
  {
    name: "a channel id beside an RPC",
    profile: {
      ...BASE_SEPOLIA,
      peer: { address: `0x${"1".repeat(40)}`, channelId: `0x${"1".repeat(64)}` },
    },
    says: /peer\.channel_id stands beside/,
  },
  {
    name: "an RPC without the contracts that it is asked for",
    profile: { ...BASE_SEPOLIA, chain: { ...BASE_SEPOLIA.chain, registryAddress: undefined } },
    says: /chain\.registry_address is missing/,
  },
  {
    name: "a peer whose token is not known",
    profile: {
      ...BASE_SEPOLIA,
      peer: { address: `0x${"1".repeat(40)}`, channelId: null },
      chain: { ...FACTS, chainId: 84_532, factsFile: "/f", tokenAddress: undefined },
    },
    says: /chain\.token_address is missing beside peer/,
  },
  {
    name: "an RPC without TLS",
    profile: {
      ...BASE_SEPOLIA,
      chain: { ...BASE_SEPOLIA.chain, rpcUrls: ["http://rpc.example"] },
    },
    says: /rpc_urls goes to rpc\.example without TLS/,
  },
  {
    name: "units that are not raw units",
    profile: { ...BASE_SEPOLIA, chain: { ...BASE_SEPOLIA.chain, unitsPerBase: 10n } },
    says: /units_per_base must be 1/,
  },
  {
    name: "a chain whose blocks never count",
    profile: { ...BASE_SEPOLIA, chain: { ...BASE_SEPOLIA.chain, confirmations: 0 } },
    says: /confirmations must be a whole number from 1/,
  },
  {
    name: "a code hash that is none",
    profile: { ...BASE_SEPOLIA, chain: { ...BASE_SEPOLIA.chain, tokenNetworkCodeHash: "0x12" } },
    says: /token_network_code_hash must be 0x and 64 small hex digits/,
  },
  { name: "a name with a slash", profile: { ...BASE_SEPOLIA, name: "../x" }, says: /name must be/ },
];

for (const { name, profile, says } of invalid) {
  Deno.test(`parseProfile() refuses ${name}`, () => {
    assert.throws(() => parseProfile(formatProfile(profile)), says);
  });
}
