import assert from "node:assert/strict";
import type { NostrEvent } from "../../../protocols/nostr/event.ts";
import { ADDRESS, documentOf, NETWORK, nowS, PAYER, STRANGER, TOKEN, TOWN } from "./parties.ts";
import {
  answerOf,
  ask,
  CHAIN,
  requestIdBy,
  requestIdOf,
  response,
  silentAfter,
  template,
  uuid,
} from "./spsp_parties.ts";

Deno.test("askBySpsp() takes the pinned peer's answer by ILP, and asks no relay then", async () => {
  const { answer, hand } = ask({
    byIlp: async (request) => documentOf((await answerOf(request))!),
    byRelay: () => assert.fail("asked over the relay too"),
  });
  const { way, offer, response } = await answer;
  assert.equal(way, "ilp");
  assert.match(response.destinationAccount, /^g\.town\.spsp\.0/);
  assert.deepEqual(offer, {
    source: "spsp",
    pubkey: TOWN.pubkey,
    ilpAddress: "g.town",
    settlementAddress: ADDRESS,
    tokenAddress: TOKEN,
    tokenNetworkAddress: NETWORK,
    chains: [CHAIN],
    btpEndpoint: null,
    priceUnitsPerByte: null,
    assetScale: null,
    expiresAtS: null,
  });
  assert.equal(hand.waiting.size, 0, "no timer is left");
});

Deno.test("askBySpsp() tries ILP twice, 30 s each, with the same event, then the relay for 10 s", async () => {
  const ids: string[] = [];
  const { answer, hand } = ask({
    byIlp: (request, signal) => {
      ids.push(request.id);
      return new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(new Error("stopped")), { once: true })
      );
    },
    byRelay: silentAfter((request) => (ids.push(request.id), Promise.resolve([]))),
  });
  const rejected = assert.rejects(answer, { name: "TermsError", code: "no_answer" });
  const waited: number[] = [];
  for (let i = 0; i < 3; i++) {
    while (hand.waiting.size === 0 || ids.length <= i) {
      await new Promise((resolve) => setTimeout(resolve));
    }
    waited.push(hand.fire());
  }
  await rejected;
  assert.deepEqual(waited, [30_000, 30_000, 10_000]);
  assert.equal(new Set(ids).size, 1);
});

Deno.test("askBySpsp() continues to the relay when a packet is refused or answered with nonsense", async () => {
  const packets = [
    () => Promise.reject(new Error("F02 no route")),
    () => Promise.resolve(new TextEncoder().encode("thank you")),
  ];
  const { answer } = ask({
    byIlp: () => packets.shift()!(),
    byRelay: silentAfter(async (request) => [documentOf((await answerOf(request))!)]),
  });
  assert.equal((await answer).way, "relay");
  assert.equal(packets.length, 0);
});

/** Answers that must not count, each made for the open request. */
const wrong: readonly [string, (request: NostrEvent) => Promise<NostrEvent | string>][] = [
  ["a stranger's own", async (request) => {
    const text = response(requestIdOf(request));
    return STRANGER.sign(await template(request, STRANGER, text));
  }],
  ["a stranger's under the pinned key's name", async (request) => {
    const text = response(await requestIdBy(request));
    const event = await STRANGER.sign(await template(request, TOWN, text));
    return { ...event, pubkey: TOWN.pubkey } as unknown as NostrEvent;
  }],
  ["one with a changed content", async (request) => ({
    ...(await answerOf(request))!,
    content: await TOWN.signer.encrypt(PAYER.pubkey, response(await requestIdBy(request))),
  })],
  ["one to another request", async (request) => {
    const made = await template(request, TOWN, response(await requestIdBy(request)));
    return TOWN.sign({ ...made, tags: [["p", PAYER.pubkey], ["e", "0".repeat(64)]] });
  }],
  ["one to two requests", async (request) => {
    const made = await template(request, TOWN, response(await requestIdBy(request)));
    return TOWN.sign({ ...made, tags: [...made.tags, ["e", "0".repeat(64)]] });
  }],
  ["one to somebody else", async (request) => {
    const made = await template(request, TOWN, response(await requestIdBy(request)));
    return TOWN.sign({ ...made, tags: [["p", STRANGER.pubkey], ["e", request.id]] });
  }],
  [
    "one with another request id inside",
    async (request) => TOWN.sign(await template(request, TOWN, response(uuid()))),
  ],
  ["one of an hour ago", async (request) => {
    const made = await template(request, TOWN, response(await requestIdBy(request)));
    return TOWN.sign({ ...made, created_at: nowS - 3_600 });
  }],
  ["one from the future", async (request) => {
    const made = await template(request, TOWN, response(await requestIdBy(request)));
    return TOWN.sign({ ...made, created_at: nowS + 3_600 });
  }],
  [
    "NIP-47 under the kind",
    async (request) =>
      TOWN.sign(await template(request, TOWN, '{"result_type":"get_info","result":{}}')),
  ],
  [
    "one that does not decrypt",
    async (request) => TOWN.sign({ ...await template(request, TOWN, "{}"), content: "AgAA" }),
  ],
  ["one in clear text", async (request) => {
    const text = response(await requestIdBy(request));
    return TOWN.sign({ ...await template(request, TOWN, text), content: text });
  }],
  ["one of another kind", async (request) => {
    const made = await template(request, TOWN, response(await requestIdBy(request)));
    return TOWN.sign({ ...made, kind: 23_194 });
  }],
  ["no event", () => Promise.resolve("[]")],
];

for (const [name, make] of wrong) {
  Deno.test(`askBySpsp() passes over ${name}, and takes what comes after it`, async () => {
    const { answer } = ask({
      byRelay: silentAfter(async (request) => {
        const bad = await make(request);
        return [
          typeof bad === "string" ? new TextEncoder().encode(bad) : documentOf(bad),
          documentOf((await answerOf(request))!),
        ];
      }),
    });
    const { offer } = await answer;
    assert.equal(offer.settlementAddress, ADDRESS);
  });
}

Deno.test("askBySpsp() accepts the pinned peer's terms from nobody else", async () => {
  const { answer } = ask({
    byRelay: async function* (request) {
      const { id: _, sig: __, pubkey: ___, ...copied } = (await answerOf(request))!;
      yield documentOf(await STRANGER.sign(copied));
    },
  });
  await assert.rejects(answer, { code: "no_answer" });
});

Deno.test("askBySpsp() reads at most 64 documents of a flood", async () => {
  let given = 0;
  const { answer } = ask({
    byRelay: async function* () {
      for (;;) {
        given++;
        yield new TextEncoder().encode("{}");
      }
    },
  });
  await assert.rejects(answer, { code: "no_answer" });
  assert.equal(given, 64);
});

Deno.test("askBySpsp() accepts no address on a chain other than the profile's", async () => {
  const { answer } = ask({
    byIlp: async (request) => documentOf((await answerOf(request))!),
  }, { chainId: 8_453 });
  const { offer } = await answer;
  assert.deepEqual([offer.settlementAddress, offer.tokenNetworkAddress], [null, null]);
  assert.deepEqual(offer.chains, [CHAIN], "so that checkTerms() says wrong_chain");
});

Deno.test("askBySpsp() ends with its signal, and throws the signal's reason", async () => {
  const stop = new AbortController();
  const { answer, hand } = ask({ byRelay: silentAfter(() => Promise.resolve([])) }, {
    signal: stop.signal,
  });
  const rejected = assert.rejects(answer, /enough/);
  while (hand.waiting.size === 0) await new Promise((resolve) => setTimeout(resolve));
  stop.abort(new Error("enough"));
  await rejected;
});
