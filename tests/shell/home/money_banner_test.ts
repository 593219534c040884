import assert from "node:assert/strict";
import {
  assetOfSum,
  bannerOf,
  type KnownNetworks,
  networkNamed,
  networkOfChain,
} from "../../../shell/home/money_banner.ts";
import { BASE_SEPOLIA } from "../../../config/base_sepolia.ts";
import { UNITS } from "../../../protocols/ilp/asset.ts";

const club = {
  ...BASE_SEPOLIA,
  name: "club",
  testnet: false,
  chain: { ...BASE_SEPOLIA.chain, chainId: 777 },
  asset: { code: "CLUB", scale: 2 },
};
const known: KnownNetworks = {
  profile: club,
  profiles: new Map([["club", club], ["base-sepolia", BASE_SEPOLIA]]),
};
const CLUB = "MAINNET club: real money";
const DEV = "TESTNET dev: tokens are worth nothing";
const SEPOLIA = "TESTNET base-sepolia: tokens are worth nothing";

for (
  const { name, shown, banner } of [
    { name: "the chosen network where there are no rows", shown: [], banner: CLUB },
    { name: "the chosen network for rows that name none", shown: [null, null], banner: CLUB },
    { name: "the network of the rows, whatever is chosen", shown: ["dev", "dev"], banner: DEV },
    {
      name: "every network of the rows, once",
      shown: ["dev", "club", "base-sepolia", null],
      banner: [SEPOLIA, CLUB, DEV].join("\n"),
    },
    {
      name: "a network that this home knows no more",
      shown: ["old"],
      banner: "NETWORK old: not in the configuration of this home",
    },
  ]
) {
  Deno.test(`bannerOf() names ${name}`, () => assert.equal(bannerOf(known, shown), banner));
}

Deno.test("networkNamed() has each network's own asset, and units where it is not known", () => {
  assert.deepEqual(networkNamed(known, null).asset, { code: "CLUB", scale: 2 });
  assert.deepEqual(networkNamed(known, "dev").asset, { code: "M2M", scale: 6 });
  assert.deepEqual(networkNamed(known, "old").asset, UNITS);
});

Deno.test("assetOfSum() is units where the networks count in different assets", () => {
  assert.deepEqual(assetOfSum(known, []), { code: "CLUB", scale: 2 });
  assert.deepEqual(assetOfSum(known, ["dev", "base-sepolia"]), { code: "M2M", scale: 6 });
  assert.deepEqual(assetOfSum(known, ["dev", "club"]), UNITS);
});

Deno.test("networkOfChain() finds the profile of a chain, the dev network also when it is down", () => {
  const found = [777, 84_532, 31_337, 5].map((chainId) => networkOfChain(known, chainId));
  assert.deepEqual(found, ["club", "base-sepolia", "dev", "chain 5"]);
});
