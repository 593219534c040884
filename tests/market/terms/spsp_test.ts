import assert from "node:assert/strict";
import type { NostrEvent, VerifiedEvent } from "../../../protocols/nostr/event.ts";
import { formatSpspResponse } from "../../../protocols/nostr/spsp.ts";
import { askBySpsp, type SpspWays } from "../../../market/terms/spsp_requester.ts";
import { sharedChain, spspResponder } from "../../../market/terms/spsp_responder.ts";
import { startMs } from "../../money/signer/fixtures.ts";
import {
  ADDRESS,
  documentOf,
  NETWORK,
  nowS,
  OTHER_ADDRESS,
  PAYER,
  STRANGER,
  TOKEN,
  TOWN,
  verifier,
} from "./parties.ts";

const CHAIN = "evm:84532";
const SETTLEMENT = {
  supportedChains: [CHAIN],
  settlementAddresses: { [CHAIN]: ADDRESS },
  preferredTokens: { [CHAIN]: TOKEN },
  tokenNetworks: { [CHAIN]: NETWORK },
};
let count = 0;
const uuid = () => `00000000-0000-4000-8000-${String(++count).padStart(12, "0")}`;

function responderOf(party: typeof TOWN, clock = () => startMs) {
  return spspResponder({
    signer: party.signer,
    ilpAddress: "g.town",
    settlement: SETTLEMENT,
    settlementTimeoutS: 86_400,
    clock,
    uuid,
    random: (bytes) => new Uint8Array(bytes).fill(9),
  });
}

/** Timers that fire only when the test says so. */
function handTimers() {
  const waiting = new Map<number, { run: () => void; ms: number }>();
  let next = 0;
  return {
    timers: {
      now: () => 0,
      after: (ms: number, run: () => void) => {
        const handle = ++next;
        waiting.set(handle, { run, ms });
        return () => void waiting.delete(handle);
      },
    },
    waiting,
    fire(): number {
      const [[handle, { run, ms }]] = waiting;
      waiting.delete(handle);
      run();
      return ms;
    },
  };
}

function ask(ways: Partial<SpspWays>, more: { signal?: AbortSignal; chainId?: number } = {}) {
  const hand = handTimers();
  const answer = askBySpsp({
    signer: PAYER.signer,
    peerPubkey: TOWN.pubkey,
    chainId: 84_532,
    offer: { ...SETTLEMENT, ilpAddress: null },
    ways: { byIlp: null, byRelay: null, ...ways },
    verifier,
    clock: () => startMs,
    uuid,
    timers: hand.timers,
    ...more,
  });
  return { answer, hand };
}

const answerOf = async (request: NostrEvent, by = TOWN) =>
  await responderOf(by)(request as VerifiedEvent);

/** A relay that delivers these documents, then stays silent. */
const silentAfter = (documents: (request: NostrEvent) => Promise<readonly Uint8Array[]>) =>
  async function* (request: NostrEvent, signal: AbortSignal) {
    yield* await documents(request);
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  };

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

Deno.test("spspResponder() answers a request once, and ignores other events", async () => {
  const requests = new Map<string, NostrEvent>();
  const asked = ask({
    byIlp: (request) => {
      requests.set("good", request);
      return Promise.reject(new Error("kept"));
    },
  });
  await assert.rejects(asked.answer, { code: "no_answer" });
  const good = requests.get("good")!;
  const { id: _, sig: __, pubkey: ___, ...parts } = good;
  const encrypted = (text: string) => PAYER.signer.encrypt(TOWN.pubkey, text);
  const cases: readonly [string, NostrEvent][] = [
    ["to another", await PAYER.sign({ ...parts, tags: [["p", STRANGER.pubkey]] })],
    ["to two", await PAYER.sign({ ...parts, tags: [...parts.tags, ["p", STRANGER.pubkey]] })],
    ["to nobody", await PAYER.sign({ ...parts, tags: [] })],
    ["of an old clock", await PAYER.sign({ ...parts, created_at: nowS - 61 })],
    ["of a clock ahead", await PAYER.sign({ ...parts, created_at: nowS + 61 })],
    ["of another kind", await PAYER.sign({ ...parts, kind: 1 })],
    ["by another key", await STRANGER.sign(parts)],
    ["NIP-47", await PAYER.sign({ ...parts, content: await encrypted('{"method":"get_info"}') })],
  ];
  const respond = responderOf(TOWN);
  for (const [name, event] of cases) {
    assert.equal(await respond(event as VerifiedEvent), null, name);
  }
  const answer = await respond(good as VerifiedEvent);
  assert.equal(answer?.kind, 23_195);
  assert.equal(verifier.verify(answer!), "ok");
  assert.equal(await respond(good as VerifiedEvent), null, "again");
});

Deno.test("spspResponder() answers 8 at once, then 2 a second", async () => {
  let nowMs = startMs;
  const respond = responderOf(TOWN, () => nowMs);
  const request = async (i: number) => {
    const text = JSON.stringify({ requestId: uuid(), timestamp: nowS });
    return await PAYER.sign({
      kind: 23_194,
      created_at: nowS - i % 50,
      tags: [["p", TOWN.pubkey]],
      content: await PAYER.signer.encrypt(TOWN.pubkey, text),
    });
  };
  const answered: boolean[] = [];
  for (let i = 0; i < 10; i++) answered.push(await respond(await request(i)) !== null);
  assert.deepEqual(answered, [...Array(8).fill(true), false, false]);
  nowMs += 1_000;
  for (let i = 0; i < 3; i++) answered.push(await respond(await request(i)) !== null);
  assert.deepEqual(answered.slice(10), [true, true, false]);
});

const chains: readonly [string, string[], string[], string[], string[], string | null][] = [
  ["nothing shared", ["evm:1"], [], ["evm:2"], [], null],
  ["the requester's order", ["evm:2", "evm:1"], [], ["evm:1", "evm:2"], [], "evm:2"],
  [
    "the requester's token first",
    ["evm:2", "evm:1"],
    ["evm:1"],
    ["evm:1", "evm:2"],
    ["evm:2"],
    "evm:1",
  ],
  ["then the responder's", ["evm:2", "evm:1"], [], ["evm:1", "evm:2"], ["evm:1"], "evm:1"],
  ["a token on a chain that is not shared", ["evm:3", "evm:1"], ["evm:3"], ["evm:1"], [], "evm:1"],
];

for (const [name, asked, askedTokens, ours, ourTokens, expected] of chains) {
  Deno.test(`sharedChain(): ${name}`, () => {
    const maps = (supportedChains: string[], tokens: string[]) => ({
      supportedChains,
      settlementAddresses: {},
      preferredTokens: Object.fromEntries(tokens.map((chain) => [chain, OTHER_ADDRESS])),
      tokenNetworks: {},
    });
    assert.equal(sharedChain(maps(asked, askedTokens), maps(ours, ourTokens)), expected);
  });
}

function response(requestId: string): string {
  return formatSpspResponse({
    requestId,
    destinationAccount: "g.thief.spsp.x",
    negotiatedChain: CHAIN,
    settlementAddress: OTHER_ADDRESS,
    tokenAddress: null,
    tokenNetworkAddress: null,
    channelId: null,
    settlementTimeoutS: null,
  }, new Uint8Array(32));
}

/** What the open request's id is: only the pinned key and the payer can read it. */
async function requestIdBy(request: NostrEvent): Promise<string> {
  return JSON.parse(await TOWN.signer.decrypt(PAYER.pubkey, request.content)).requestId;
}

/** A stranger has to guess. */
function requestIdOf(_request: NostrEvent): string {
  return `00000000-0000-4000-8000-${String(count).padStart(12, "0")}`;
}

async function template(request: NostrEvent, by: typeof TOWN, text: string) {
  return {
    kind: 23_195,
    created_at: nowS,
    tags: [["p", request.pubkey], ["e", request.id]],
    content: await by.signer.encrypt(request.pubkey, text),
  };
}
