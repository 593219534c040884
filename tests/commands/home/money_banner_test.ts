import assert from "node:assert/strict";
import { bannerOf } from "../../../commands/home/money_banner.ts";

Deno.test("bannerOf() names the network on which a job was bought, whatever is chosen now", () => {
  const chosen = { name: "club", testnet: false };
  for (
    const [network, banner] of [
      [null, "MAINNET club: real money"],
      ["club", "MAINNET club: real money"],
      ["dev", "TESTNET dev: tokens are worth nothing"],
      ["base-sepolia", "TESTNET base-sepolia: tokens are worth nothing"],
      ["other", "NETWORK other: not the chosen one, which is club"],
    ] as const
  ) assert.equal(bannerOf(chosen, network), banner);
});
