import assert from "node:assert/strict";
import { readSettlementMaps, settlementFields } from "../../../protocols/nostr/settlement_maps.ts";

const ADDRESS = `0x${"ab".repeat(20)}`;
const CHAIN = "evm:84532";
const GOOD = {
  supportedChains: [CHAIN, "xrpl:mainnet"],
  settlementAddresses: { [CHAIN]: ADDRESS, "xrpl:mainnet": "r".repeat(128) },
  preferredTokens: { [CHAIN]: ADDRESS },
  tokenNetworks: { [CHAIN]: ADDRESS },
};

Deno.test("readSettlementMaps() reads what settlementFields() wrote, and leaves empty what is missing", () => {
  const maps = readSettlementMaps(GOOD);
  assert.deepEqual(maps, GOOD);
  assert.deepEqual(settlementFields(maps), GOOD);
  const nothing = readSettlementMaps({ supportedChains: null, tokenNetworks: null });
  assert.deepEqual(nothing, {
    supportedChains: [],
    settlementAddresses: {},
    preferredTokens: {},
    tokenNetworks: {},
  });
  assert.deepEqual(settlementFields(nothing), {});
});

const chains = (count: number) => Array.from({ length: count }, (_, at) => `evm:${at + 1}`);

Deno.test("readSettlementMaps() accepts at most 32 chains", () => {
  assert.equal(readSettlementMaps({ supportedChains: chains(32) }).supportedChains.length, 32);
});

for (
  const [what, fields] of [
    ["33 chains", { supportedChains: chains(33) }],
    ["no chain", { supportedChains: [] }],
    ["chains in an object", { supportedChains: { 0: CHAIN, length: 1 } }],
    ["a chain that is a number", { supportedChains: [84532] }],
    ["an evm chain without a name", { supportedChains: ["evm:"] }],
    ["a chain twice", { supportedChains: [CHAIN, CHAIN] }],
    ["addresses in a list", { ...GOOD, settlementAddresses: [] }],
    ["addresses in a text", { ...GOOD, preferredTokens: "" }],
    ["a number for addresses", { ...GOOD, tokenNetworks: 1 }],
    ["a key that is no supported chain", { ...GOOD, tokenNetworks: { "evm:1": ADDRESS } }],
    ["an address that is a number", { ...GOOD, tokenNetworks: { [CHAIN]: 1 } }],
    ["an empty address", { ...GOOD, settlementAddresses: { "xrpl:mainnet": "" } }],
    ["an address of 129 characters", {
      ...GOOD,
      settlementAddresses: { "xrpl:mainnet": "r".repeat(129) },
    }],
    ["an evm address that is none", { ...GOOD, preferredTokens: { [CHAIN]: "0x1234" } }],
  ] as const
) {
  Deno.test(`readSettlementMaps() refuses ${what}`, () => {
    assert.throws(() => readSettlementMaps(fields), { code: "bad_settlement" });
  });
}
