import assert from "node:assert/strict";
import { EarlyMarket } from "../../../commands/job/early_market.ts";
import type { Market } from "../../../market/market_service.ts";

Deno.test("EarlyMarket's worker answers as the market does, and ends with it", async () => {
  let market: Market;
  {
    await using early = new EarlyMarket();
    market = await early.market;
    assert.equal(await market.misfitOfResult(null, "any text"), null);
    await assert.rejects(market.readResult(5_600, new Uint8Array([1])), { name: "EventError" });
    assert.equal((await market.checkEvidence(new TextEncoder().encode("{}"))).valid, false);
  }
  await assert.rejects(market.misfitOfResult(null, "any text"), { code: "closed" });
});

Deno.test("EarlyMarket ends in order although it is not used", async () => {
  await using _early = new EarlyMarket();
});
