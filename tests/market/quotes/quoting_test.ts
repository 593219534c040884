import assert from "node:assert/strict";
import { sha256 } from "@noble/hashes/sha2.js";
import { readQuote } from "../../../protocols/nostr/job_quote.ts";
import type { NostrEvent } from "../../../protocols/nostr/event.ts";
import { paidRequest } from "../../../protocols/nostr/job_payment.ts";
import { encodeToon } from "../../../protocols/toon/encode.ts";
import { job } from "../../store/store_rows.ts";
import { BUYER, request, signed, STRANGER } from "../market.ts";

import { codeOf, fulfilmentOf, packet, paying, provider, verifier } from "./quoting_rig.ts";
Deno.test("acceptJob() answers an unpaid request with a signed quote, whose payment it takes once the price has changed", async () => {
  const at = provider();
  const asked = request();
  const { code, told } = await at.ask(asked);
  assert.deepEqual([code, told.required], ["F04", "50000"]);
  assert.equal(verifier.verify(told.quote), "ok");
  at.now.flatUnits = 90_000n;
  const prepare = paying(asked, told.quote);
  const inspection = await at.terminal.inspect(prepare);
  assert.equal("obligation" in inspection && inspection.obligation, `job:${asked.id}`);
  const effect = await at.terminal.effect(prepare, `job:${asked.id}`);
  assert.ok("fulfilment" in effect);
  assert.deepEqual(sha256(effect.fulfilment).toHex(), readQuote(told.quote).condition);
  const [change] = effect.changes ?? [];
  assert.ok(change.op === "putJob");
  assert.equal(change.row.amountUnits, 50_000n);
  assert.deepEqual(change.row.request, encodeToon(asked, "1.4"));
});

Deno.test("acceptJob() refuses a quote that is expired, changed, another's, or for another request, before it is held", async () => {
  const at = provider();
  const asked = request();
  const { told: { quote } } = await at.ask(asked);
  const other = request(5601, [["param", "command", "other"]]);
  const thief = signed(asked, STRANGER);
  const cheaper = {
    ...quote,
    tags: quote.tags.map((tag: string[]) => tag[0] === "amount" ? ["amount", "1", "units"] : tag),
  };
  assert.equal(await codeOf(at, paying(asked, quote)), "taken");
  assert.equal(await codeOf(at, paying(asked, quote, 49_999n)), "price_not_met");
  assert.equal(await codeOf(at, paying(asked, cheaper)), "bad_quote");
  assert.equal(await codeOf(at, paying(asked, signed(cheaper, STRANGER))), "foreign_quote");
  assert.equal(await codeOf(at, paying(thief, quote)), "wrong_buyer");
  assert.equal(await codeOf(at, paying(other, quote)), "wrong_request");
  at.now.ms += 126_000;
  assert.equal(await codeOf(at, paying(asked, quote)), "quote_expired");
});

Deno.test("acceptJob() knows a request that was paid before when its quote has expired or the price has changed", async () => {
  const at = provider();
  const asked = request();
  const { told: { quote } } = await at.ask(asked);
  const forged = { ...asked, sig: request(5601, [["t", "x"]]).sig };
  const paid = (event: NostrEvent, amount?: bigint) => codeOf(at, paying(event, quote, amount));
  at.now.ms += 126_000;
  at.now.flatUnits = 90_000n;
  assert.equal(await paid(asked), "quote_expired");
  at.now.job = job({ eventId: asked.id, role: "provider", jobPaid: false });
  assert.equal(await paid(asked), "quote_expired", "it was not paid");
  at.now.job = { ...at.now.job, jobPaid: true };
  const { inspect } = at.terminal;
  assert.deepEqual(await inspect(paying(asked, quote)), { obligation: `job:${asked.id}` });
  const announced = { ...paying(asked, quote), data: encodeToon(asked, "1.4") };
  assert.deepEqual(await inspect(announced), { obligation: `job:${asked.id}` });
  assert.ok("reject" in await inspect(paying(asked, quote, 0n)), "a question gets no receipt");
  assert.ok("reject" in await inspect(paying(forged, quote)), "it is nobody's request");
  assert.equal(await paid(request(5601, [["t", "other"]])), "wrong_request");
  assert.equal((await at.ask(asked)).code, "F04", "a question for its price is answered as before");
});

Deno.test("acceptJob() answers few of 1,000 strangers who ask at once, and a buyer who paid before beside them", async () => {
  const at = provider();
  const asked = request();
  const { told: { quote } } = await at.ask(asked);
  await at.terminal.effect(paying(asked, quote), `job:${asked.id}`);
  let answered = 0;
  for (let n = 0; n < 1_000; n++) {
    const { code } = await at.ask(signed({ ...asked, content: `${n}` }, STRANGER));
    if (code === "F04") answered += 1;
    else assert.equal(code, "T05");
  }
  assert.ok(answered <= 20, `${answered} strangers were answered`);
  const again = request(5601, [["param", "command", "again"]]);
  assert.equal((await at.ask(again)).code, "F04");
  const asker = (event: NostrEvent) => at.terminal.asker!(packet(encodeToon(event, "1.4"), 0n));
  assert.equal(asker(again), "known");
  assert.equal(asker(signed({ ...asked }, STRANGER)), "stranger");
  assert.equal(at.terminal.asker!(packet(new Uint8Array([1]), 0n)), "stranger");
  assert.equal(await codeOf(at, paying(asked, quote)), "taken", "payments wait for nobody");
});

Deno.test("acceptJob() takes the deposit of a job that is paid on delivery, keeps its quote, and does not sell its key by it", async () => {
  const at = provider();
  const asked = request(5601, [["mode", "on-delivery"]]);
  const { told: { quote } } = await at.ask(asked);
  const read = readQuote(quote);
  assert.deepEqual([read.mode, read.priceUnits, read.depositUnits], [
    "on-delivery",
    50_000n,
    20_480n,
  ]);
  assert.equal(await codeOf(at, paying(asked, quote, 20_480n)), "wrong_condition");
  const data = paidRequest(asked, quote);
  const ownCondition = sha256(fulfilmentOf(BUYER, sha256(data)));
  assert.equal(await codeOf(at, packet(data, 20_479n, ownCondition)), "price_not_met");
  const deposit = packet(data, 20_480n, ownCondition);
  assert.equal(await codeOf(at, deposit), "taken");
  const effect = await at.terminal.effect(deposit, `job:${asked.id}`);
  assert.ok("fulfilment" in effect);
  const [kept, made] = effect.changes ?? [];
  assert.ok(kept.op === "putQuote" && made.op === "putJob");
  assert.equal(kept.row.condition, read.condition);
  assert.deepEqual(JSON.parse(new TextDecoder().decode(kept.row.quote)), quote);
  assert.equal(made.row.amountUnits, 20_480n);
});

Deno.test("acceptJob() delivers one job at a time to a buyer that paid for none, and nothing to one that owes", async () => {
  const at = provider();
  const asked = request(5601, [["mode", "on-delivery"]]);
  const { told: { quote } } = await at.ask(asked);
  const data = paidRequest(asked, quote);
  const pay = () => codeOf(at, packet(data, 20_480n, sha256(fulfilmentOf(BUYER, sha256(data)))));
  const says = async () => [(await at.ask(asked)).told.code, await pay()];
  at.now.debts = { waiting: 1, overdue: 0, paid: 0 };
  assert.deepEqual(await says(), ["owes_payment", "busy"], "quoted before, and one waits by now");
  at.now.debts = { waiting: 0, overdue: 0, paid: 0 };
  at.now.ofBuyer = 1;
  assert.equal(await pay(), "busy", "one is being run");
  at.now.ofBuyer = 0;
  at.now.debts = { waiting: 7, overdue: 0, paid: 1 };
  assert.deepEqual(await says(), ["price_not_met", "taken"]);
  at.now.debts = { waiting: 0, overdue: 1, paid: 9 };
  const other = request(5601, [["mode", "on-delivery"], ["param", "command", "other"]]);
  assert.equal((await at.ask(other)).told.code, "owes_payment");
  assert.equal((await at.ask(request())).told.code, "price_not_met", "upfront it is served");
  at.now.debts = { waiting: 0, overdue: 0, paid: 0 };
  at.now.flatUnits = 20_480n;
  assert.equal((await at.ask(other)).told.code, "mode_not_offered", "nothing would be left to pay");
});

/** By seed, a schedule asks one provider for quotes, waits, changes prices, and pays wrong quotes. 100 schedules. */
Deno.test("a quote's price is the one that is paid, by its buyer, in time, whatever the order of events", async () => {
  for (let seed = 1; seed <= 100; seed++) {
    const random = randomOf(seed);
    const at = provider();
    const quotes: { readonly event: NostrEvent; readonly quote: NostrEvent; priceUnits: bigint }[] =
      [];
    for (let step = 0; step < 12; step++) {
      at.now.ms += random(60_000);
      const author = random(2) === 0 ? BUYER : STRANGER;
      if (random(3) === 0) at.now.flatUnits = 1n + BigInt(random(1_000));
      const created_at = Math.floor(at.now.ms / 1_000);
      const event = signed({ ...request(), created_at, content: `${seed} ${step}` }, author);
      if (random(2) === 0 || quotes.length === 0) {
        const { told, code } = await at.ask(event);
        if (code !== "F04") continue;
        quotes.push({ event, quote: told.quote, priceUnits: at.now.flatUnits });
        continue;
      }
      const { event: asked, quote, priceUnits } = quotes[random(quotes.length)];
      const shown = random(4) === 0 ? event : asked;
      const amount = priceUnits + BigInt(random(3)) - 1n;
      const nowS = Math.floor(at.now.ms / 1_000);
      const taken = await codeOf(at, paying(shown, quote, amount)) === "taken";
      const inTime = readQuote(quote).validUntilS + 5 >= nowS;
      assert.equal(
        taken,
        shown === asked && amount >= priceUnits && inTime,
        `seed ${seed} step ${step}`,
      );
    }
  }
});

function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = Math.imul(state ^ state >>> 15, 0x2c1b3c6d) + 0x9e3779b9 | 0;
    return (state >>> 1) % below;
  };
}

Deno.test("quoting() lets the first part of a private job pay for the wrap of its result, and sells it on delivery at any price", async () => {
  const at = provider();
  const asked = (mode: string, answers: boolean) =>
    request(5601, [["mode", mode], ...answers ? [["answers", "ab".repeat(32)]] : []]);
  const quoted = async (event: NostrEvent) => {
    const { told } = await at.ask(event);
    const { priceUnits, depositUnits } = readQuote(told.quote);
    return [priceUnits, depositUnits];
  };
  at.now.increment = { unit: "second", size: 15 };
  assert.deepEqual(await quoted(asked("on-delivery", false)), [50_000n, 20_480n]);
  assert.deepEqual(await quoted(asked("on-delivery", true)), [50_000n, 33_000n]);
  const [open, wrapped] = [
    await quoted(asked("metered", false)),
    await quoted(asked("metered", true)),
  ];
  assert.deepEqual([open[1], wrapped[1]], [20_480n, 33_000n]);
  assert.equal(open[0] / open[1], wrapped[0] / wrapped[1]);
  at.now.flatUnits = 10_000n;
  assert.equal((await at.ask(asked("on-delivery", false))).told.code, "mode_not_offered");
  assert.deepEqual(await quoted(asked("on-delivery", true)), [35_500n, 33_000n]);
});
