import assert from "node:assert/strict";
import {
  mostIncrements,
  type Quote,
  QuoteError,
  quoteEvent,
  readQuote,
} from "../../../protocols/nostr/job_quote.ts";
import { BUYER, NOW_S, PROVIDER, request, signed } from "../market.ts";

import { atAnnouncedPrice, codeOf, paying, provider } from "./quoting_rig.ts";

Deno.test("acceptJob() refuses the payment modes that the owner forbids for a kind, and keeps to its earlier quotes", async () => {
  const at = provider();
  at.now.increment = { unit: "second", size: 15 };
  const asked = {
    upfront: request(),
    "on-delivery": request(5601, [["mode", "on-delivery"]]),
    metered: request(5601, [["mode", "metered"]]),
  };
  const earlier = (await at.ask(asked.upfront)).told.quote;
  for (const modes of [["upfront"], ["on-delivery", "metered"], ["lightning"]]) {
    at.now.modes = modes;
    for (const [mode, event] of Object.entries(asked)) {
      const { told } = await at.ask(event);
      const expected = modes.includes(mode) ? "price_not_met" : "mode_not_offered";
      assert.equal(told.code, expected, `${mode} of ${modes}`);
    }
    const announced = atAnnouncedPrice(asked.upfront, 50_000n);
    const taken = modes.includes("upfront");
    assert.equal(await codeOf(at, announced), taken ? "taken" : "mode_not_offered");
    assert.equal(await codeOf(at, paying(asked.upfront, earlier)), "taken");
  }
  // What costs nothing is paid in no mode.
  at.now.flatUnits = 0n;
  const free = request();
  assert.equal(await codeOf(at, atAnnouncedPrice(free, 0n)), "taken");
});

Deno.test("acceptJob() meters a kind whose skill demands it, from the first increment", async () => {
  const at = provider();
  const asked = request(5601, [["mode", "metered"]]);
  assert.equal((await at.ask(asked)).told.code, "mode_not_offered");
  at.now.increment = { unit: "second", size: 15 };
  const { told: { quote } } = await at.ask(asked);
  const read = readQuote(quote);
  const most = BigInt(mostIncrements(read));
  assert.deepEqual([read.mode, read.increment?.size, read.depositUnits, read.priceUnits], [
    "metered",
    15,
    20_480n,
    20_480n * most,
  ]);
  assert.ok(most > 1n && most <= 21n, `as many as fit into its time: ${most}`);
  assert.equal(await codeOf(at, paying(asked, quote, 20_479n)), "price_not_met");
  const first = paying(asked, quote, 20_480n);
  assert.equal(await codeOf(at, first), "taken");
  const effect = await at.terminal.effect(first, `job:${asked.id}`);
  assert.ok("fulfilment" in effect);
  const [meter, made] = effect.changes ?? [];
  assert.ok(meter.op === "putMeter" && made.op === "putJob");
  const { paid, most: kept, incrementUnits, party } = meter.row;
  assert.deepEqual([paid, BigInt(kept), incrementUnits, party], [1, most, 20_480n, BUYER]);
  assert.equal(made.row.amountUnits, 20_480n);
});

Deno.test("acceptJob() asks for each increment of output what it adds to the result", async () => {
  const least = 20_480n;
  for (const [size, units] of [[1, least], [2, 30_720n], [4, 51_200n]] as const) {
    const at = provider();
    at.now.increment = { unit: "kib", size };
    const asked = request(5601, [["mode", "metered"]]);
    const read = readQuote((await at.ask(asked)).told.quote);
    assert.deepEqual([read.increment, read.depositUnits], [{ unit: "kib", size }, units]);
    // Its log holds a MiB, whatever time the job has.
    assert.equal(mostIncrements(read), 1_024 / size);
  }
});

Deno.test("readQuote() refuses increments that are of no length, no price, or without end", async () => {
  const at = provider();
  at.now.increment = { unit: "second", size: 15 };
  const made = readQuote((await at.ask(request(5601, [["mode", "metered"]]))).told.quote);
  const quote: Quote = { ...made, depositUnits: 25n, priceUnits: 100n };
  assert.equal(mostIncrements(readQuote(signed(quoteEvent(quote, NOW_S), PROVIDER))), 4);
  const bad: Partial<Quote>[] = [
    { increment: { unit: "second", size: 0 } },
    { increment: { unit: "second", size: 86_401 } },
    { depositUnits: 0n },
    { depositUnits: 33n },
    { depositUnits: 101n },
    { depositUnits: 1n, priceUnits: 100_001n },
  ];
  for (const wrong of bad) {
    const event = signed(quoteEvent({ ...quote, ...wrong }, NOW_S), PROVIDER);
    assert.throws(() => readQuote(event), QuoteError, JSON.stringify(wrong, (_, v) => String(v)));
  }
});
