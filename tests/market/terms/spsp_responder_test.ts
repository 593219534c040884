import assert from "node:assert/strict";
import type { NostrEvent, VerifiedEvent } from "../../../protocols/nostr/event.ts";
import { sharedChain } from "../../../market/terms/spsp_responder.ts";
import { startMs } from "../../money/signer/fixtures.ts";
import { nowS, OTHER_ADDRESS, PAYER, STRANGER, TOWN, verifier } from "./parties.ts";
import { ask, responderOf, uuid } from "./spsp_parties.ts";

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
