import assert from "node:assert/strict";
import { askQuotes, type QuoteQuestion } from "../../../market/quotes/ask_quotes.ts";
import type { UnsignedEvent } from "../../../protocols/nostr/event.ts";
import { BUYER, NOW_S, PROVIDER, request, signed, STRANGER } from "../market.ts";

import { provider, TERMS, verifier } from "./quoting_rig.ts";

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
