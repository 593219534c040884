import assert from "node:assert/strict";
import { ilpPeerInfoTemplate } from "../../../protocols/nostr/ilp_peer_info.ts";
import { announcedTerms } from "../../../market/terms/announced_terms.ts";
import { checkTerms } from "../../../market/terms/check_terms.ts";
import type { TermsRules } from "../../../market/terms/terms.ts";
import { ADDRESS, NETWORK, nowS, OTHER_ADDRESS, RULES, STRANGER, TOKEN, TOWN } from "./parties.ts";

const CHAIN = "evm:base:84532";
const INFO = {
  ilpAddress: "g.town.relay",
  btpEndpoint: "wss://connector.example:3000",
  assetCode: "M2M",
  assetScale: 6,
  pricePerByteUnits: 10n,
  supportedChains: ["solana:devnet", CHAIN],
  settlementAddresses: { [CHAIN]: ADDRESS },
  preferredTokens: { [CHAIN]: TOKEN },
  tokenNetworks: { [CHAIN]: NETWORK },
};

interface Case {
  readonly name: string;
  readonly info?: Partial<typeof INFO> | Record<string, unknown> | null;
  readonly by?: typeof TOWN;
  readonly createdAtS?: number;
  readonly ttlS?: number;
  readonly tags?: string[][];
  readonly rules?: Partial<TermsRules>;
  readonly error?: string;
  readonly warns?: RegExp;
  readonly price?: bigint;
}

const cases: readonly Case[] = [
  { name: "as the profile has it", price: 10n },
  { name: "for a bare chain name", info: bareChain("evm:84532") },
  {
    name: "without contracts, which the profile knows",
    info: { preferredTokens: {}, tokenNetworks: {} },
  },
  { name: "with the known address", rules: { knownAddress: ADDRESS } },
  { name: "at 100 units a byte", info: { pricePerByteUnits: 100n }, price: 100n },
  { name: "at 101 units a byte", info: { pricePerByteUnits: 101n }, warns: /101 units/ },
  { name: "at the ceiling", info: { pricePerByteUnits: 1_000n }, warns: /1000 units/ },
  { name: "above the ceiling", info: { pricePerByteUnits: 1_001n }, error: "price" },
  { name: "without a price", info: { pricePerByteUnits: null }, warns: /assumed/, price: 10n },
  { name: "in another scale", info: { assetScale: 18 }, warns: /scale 18/ },
  { name: "by a stranger", by: STRANGER, error: "not_pinned" },
  { name: "taken back", info: null, error: "none" },
  { name: "that is no JSON", info: { content: "{" }, error: "bad_terms" },
  { name: "expired a second ago", createdAtS: nowS - 601, error: "stale" },
  { name: "that ends now", createdAtS: nowS - 600, error: "stale" },
  { name: "in its last second", createdAtS: nowS - 599 },
  {
    name: "of yesterday that says it holds for years",
    createdAtS: nowS - 86_401,
    ttlS: 10 ** 8,
    error: "stale",
  },
  { name: "of six days ago without an end", createdAtS: nowS - 6 * 86_400, tags: [] },
  {
    name: "of eight days ago without an end",
    createdAtS: nowS - 8 * 86_400,
    tags: [],
    error: "stale",
  },
  { name: "from the future", createdAtS: nowS + 61, error: "stale" },
  { name: "from a clock a minute ahead", createdAtS: nowS + 60 },
  { name: "on other chains alone", info: bareChain("evm:8453"), error: "wrong_chain" },
  {
    name: "with an address on another chain alone",
    info: { settlementAddresses: {} },
    error: "wrong_chain",
  },
  { name: "that settles nowhere", info: bareChain(null), warns: /no settlement address/ },
  {
    name: "of another token network",
    info: { tokenNetworks: { [CHAIN]: OTHER_ADDRESS } },
    error: "wrong_contract",
  },
  {
    name: "of another token",
    info: { preferredTokens: { [CHAIN]: OTHER_ADDRESS } },
    error: "wrong_token",
  },
  {
    name: "of any token where the profile names none",
    info: { preferredTokens: { [CHAIN]: OTHER_ADDRESS } },
    rules: { tokenAddress: null },
  },
  {
    name: "of the zero address",
    info: { settlementAddresses: { [CHAIN]: `0x${"0".repeat(40)}` } },
    error: "bad_terms",
  },
  {
    name: "with another address than the accepted one",
    rules: { knownAddress: OTHER_ADDRESS },
    error: "changed",
  },
  ...[
    "ws://127.0.0.1:3000",
    "wss://localhost/x",
    "ws://[::1]:1",
    "ws://127.1:9",
    "wss://0.0.0.0",
    "btp+ws://127.0.0.1:1",
    "ws://[::ffff:127.0.0.1]:3000",
    "wss://x.localhost",
  ]
    .map((btpEndpoint) => ({
      name: `reached at ${btpEndpoint}`,
      info: { btpEndpoint },
      error: "loopback",
    })),
  {
    name: "on this machine, as the relay",
    info: { btpEndpoint: "ws://127.0.0.1:3000" },
    rules: { relayUrl: "ws://127.0.0.1:7100" },
  },
  { name: "without an endpoint", info: { btpEndpoint: "" } },
];

function bareChain(chain: string | null) {
  const of = (address: string) => chain === null ? {} : { [chain]: address };
  return {
    supportedChains: chain === null ? [] : [chain],
    settlementAddresses: of(ADDRESS),
    preferredTokens: of(TOKEN),
    tokenNetworks: of(NETWORK),
  };
}

for (
  const { name, info = {}, by = TOWN, createdAtS = nowS, ttlS, tags, rules, error, ...expected }
    of cases
) {
  Deno.test(`an announcement ${name} is ${error ?? "taken"}`, async () => {
    const template = ilpPeerInfoTemplate(
      info === null ? null : { ...INFO, ...info } as typeof INFO,
      createdAtS,
      ttlS,
    );
    const content = (info as { content?: string } | null)?.content ?? template.content;
    const event = await by.sign({ ...template, content, tags: tags ?? template.tags });
    const check = () =>
      checkTerms(announcedTerms(event, RULES.chainId, nowS), { ...RULES, ...rules });
    if (error !== undefined) {
      assert.throws(check, { name: "TermsError", code: error });
      return;
    }
    const { terms, warnings } = check();
    assert.equal(terms.pubkey, TOWN.pubkey);
    assert.equal(terms.ilpAddress, "g.town.relay");
    if (expected.price !== undefined) assert.equal(terms.priceUnitsPerByte, expected.price);
    if (expected.warns === undefined) {
      assert.deepEqual(warnings, []);
      assert.deepEqual(terms.peer, { name: "g.town.relay", address: ADDRESS });
    } else assert.match(warnings.join("\n"), expected.warns);
  });
}
