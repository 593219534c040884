import assert from "node:assert/strict";
import { sha256 } from "@noble/hashes/sha2.js";
import { acceptJob } from "../../../market/accept_job.ts";
import { askQuotes, type QuoteQuestion } from "../../../market/quotes/ask_quotes.ts";
import {
  mostIncrements,
  type Quote,
  QuoteError,
  quoteEvent,
  readQuote,
} from "../../../protocols/nostr/job_quote.ts";
import { quoting } from "../../../market/quotes/quoting.ts";
import type { Prepare } from "../../../protocols/ilp/packet.ts";
import type { Increment } from "../../../protocols/nostr/metered.ts";
import type { NostrEvent, UnsignedEvent } from "../../../protocols/nostr/event.ts";
import { paidRequest } from "../../../protocols/nostr/job_payment.ts";
import { createVerifier } from "../../../protocols/nostr/verifier.ts";
import { encodeToon } from "../../../protocols/toon/encode.ts";
import type { JobRow } from "../../../store/job_row.ts";
import { job } from "../../store/store_rows.ts";
import { BUYER, NOW_S, PROVIDER, request, RULES, signed, STRANGER } from "../market.ts";

const verifier = await createVerifier();
const TERMS = {
  asset: { code: "M2M", scale: 6 },
  chain: { chainId: 31_337, tokenNetworkAddress: `0x${"ab".repeat(20)}` },
  ilpAddress: "g.dev.provider",
  leastDepositUnits: "20480",
  leastWrappedUnits: "33000",
};
/** Stands for the provider's signer: as a real one, the same for the same peer and data. */
const fulfilmentOf = (peer: string, dataSha256: Uint8Array) =>
  sha256(new Uint8Array([...new TextEncoder().encode(peer), ...dataSha256]));

/** A provider with a clock and a price that tests move. */
function provider() {
  const now = {
    ms: NOW_S * 1_000,
    flatUnits: 50_000n,
    debts: { waiting: 0, overdue: 0, paid: 0 },
    ofBuyer: 0,
    increment: undefined as Increment | undefined,
    modes: undefined as readonly string[] | undefined,
    job: null as JobRow | null,
  };
  const signer = {
    decrypt: () => Promise.reject(new Error("no")),
    packetFulfilments: (packets: readonly { peer: string; dataSha256: Uint8Array }[]) =>
      Promise.resolve(packets.map(({ peer, dataSha256 }) => fulfilmentOf(peer, dataSha256))),
    signEvents: (events: readonly UnsignedEvent[]) =>
      Promise.resolve(events.map((event) => signed(event, PROVIDER))),
  };
  const clock = () => now.ms;
  const terminal = acceptJob({
    rules: () => ({
      ...RULES,
      prices: [{
        kind: 5601,
        flatUnits: now.flatUnits,
        unitsPerKib: 0n,
        increment: now.increment,
        modes: now.modes,
      }],
    }),
    store: {
      getJobByEvent: (id) => Promise.resolve(now.job?.eventId === id ? now.job : null),
      placesTaken: () =>
        Promise.resolve({ paused: false, runnable: 0, ofBuyer: now.ofBuyer, known: [] }),
      sealedDebts: () => Promise.resolve(now.debts),
      freeJobId: (eventId) => Promise.resolve(`job-${eventId.slice(0, 7)}`),
    },
    signer,
    quoting: quoting(TERMS, { pubkey: PROVIDER, signer, clock }),
    verifier,
    capacity: 1_024,
    clock,
  });
  const ask = async (event: NostrEvent) => {
    const seen = await terminal.inspect(packet(encodeToon(event, "1.4"), 0n));
    assert.ok("reject" in seen);
    return { ...seen.reject, told: JSON.parse(new TextDecoder().decode(seen.reject.data)) };
  };
  return { now, terminal, ask };
}

function packet(data: Uint8Array, amount: bigint, condition = new Uint8Array(32)): Prepare {
  const expiresAtMs = NOW_S * 1_000 + 30_000;
  return { amount, expiresAtMs, condition, destination: "g.dev.provider", data };
}

const paying = (event: NostrEvent, quote: NostrEvent, amount?: bigint) => {
  const { priceUnits, condition } = readQuote(quote);
  return packet(paidRequest(event, quote), amount ?? priceUnits, Uint8Array.fromHex(condition));
};

/** The payment of a request without a quote. */
function atAnnouncedPrice(event: NostrEvent, amount: bigint): Prepare {
  const data = encodeToon(event, "1.4");
  return packet(data, amount, sha256(fulfilmentOf(event.pubkey, sha256(data))));
}

const codeOf = async (at: ReturnType<typeof provider>, prepare: Prepare) => {
  const seen = await at.terminal.inspect(prepare);
  if (!("reject" in seen)) return "taken";
  return JSON.parse(new TextDecoder().decode(seen.reject.data)).code as string;
};

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

const timers = { now: () => NOW_S * 1_000, after: () => () => undefined };

Deno.test("askQuotes() gives an answer for each provider: its quote, or why there is none", async () => {
  const at = provider();
  const { request: unsigned } = { request: { ...request() } as UnsignedEvent };
  const question = (provider: string): QuoteQuestion => ({
    provider,
    ilpAddress: provider === PROVIDER ? "g.dev.provider" : `g.${provider.slice(0, 4)}`,
    request: unsigned,
  });
  const { told } = await at.ask(signed(unsigned, BUYER));
  const bytes = (text: string) => new TextEncoder().encode(text);
  const quoted = bytes(JSON.stringify(told));
  const by: Record<string, () => Uint8Array> = {
    [PROVIDER]: () => quoted,
    // Presents another buyer's quote as its own.
    [STRANGER]: () => quoted,
    ["e".repeat(64)]: () => bytes("[[[not: a document"),
    ["d".repeat(64)]: () => bytes('{"code":"busy","message":"all places are in use"}'),
    ["c".repeat(64)]: () => {
      throw new Error("the connector refuses our sign-in");
    },
  };
  const providers = Object.keys(by);
  const asked = providers.map(question);
  const answers = await askQuotes(asked, 1_000, {
    signer: {
      signEvents: (events) => Promise.resolve(events.map((event) => signed(event, BUYER))),
      wrapText: () => Promise.reject(new Error("nothing here is private")),
      decrypt: () => Promise.reject(new Error("nothing here is private")),
    },
    verifier,
    send: ({ destination }) => {
      const one = asked.find(({ ilpAddress }) => ilpAddress === destination)!;
      return Promise.try(by[one.provider]);
    },
    ...TERMS,
    timers,
  });
  assert.deepEqual(answers.map(({ provider }) => provider), providers);
  assert.equal(answers[0].id, told.quote.id);
  assert.equal(answers[0].quote?.priceUnits, 50_000n);
  assert.deepEqual(answers.slice(1).map(({ quote, reason }) => [quote, reason]), [
    [null, "another key signed the quote"],
    [null, "the answer contains no quote"],
    [null, "all places are in use"],
    [null, "the connector refuses our sign-in"],
  ]);
});

Deno.test("askQuotes() asks at a provider's next address where the first one gives no answer, and takes only that address's quote", async () => {
  const at = provider();
  const unsigned = { ...request() } as UnsignedEvent;
  const { told } = await at.ask(signed(unsigned, BUYER));
  const quoted = new TextEncoder().encode(JSON.stringify(told));
  const ask = async (ilpAddress: string, moreAddresses: readonly string[]) => {
    const reached: string[] = [];
    const [answer] = await askQuotes(
      [{ provider: PROVIDER, ilpAddress, moreAddresses, request: unsigned }],
      60_000,
      {
        signer: {
          signEvents: (events) => Promise.resolve(events.map((event) => signed(event, BUYER))),
          wrapText: () => Promise.reject(new Error("nothing here is private")),
          decrypt: () => Promise.reject(new Error("nothing here is private")),
        },
        verifier,
        send({ destination }) {
          reached.push(destination);
          if (destination.startsWith("g.away")) return Promise.reject(new Error("no route"));
          return Promise.resolve(quoted);
        },
        ...TERMS,
        timers,
      },
    );
    return { reached, answer };
  };
  const found = await ask("g.away.p", ["g.dev.provider"]);
  assert.deepEqual(found.reached, ["g.away.p", "g.dev.provider"]);
  assert.equal(found.answer.quote?.ilpAddress, "g.dev.provider");
  const other = await ask("g.away.p", ["g.other.provider"]);
  assert.equal(other.answer.quote, null);
  const many = Array.from({ length: 8 }, (_, at) => `g.away.p${at}`);
  const none = await ask("g.away.p", many);
  assert.deepEqual([none.reached.length, none.answer.reason], [3, "no route"]);
});

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
