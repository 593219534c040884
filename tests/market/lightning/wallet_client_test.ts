/** What counts as a wallet's answer, on a relay that delivers everything that anybody signs. */
import assert from "node:assert/strict";
import { decrypt, encrypt, getConversationKey } from "nostr-tools/nip44";
import { walletClient } from "../../../market/lightning/wallet_client.ts";
import type { RelayDelivery } from "../../../peers/relay/relay_subscription.ts";
import { asEventId, type NostrEvent } from "../../../protocols/nostr/event.ts";
import { publicKeyOf, signEvent } from "../../../protocols/nostr/sign.ts";
import { createVerifier } from "../../../protocols/nostr/verifier.ts";
import { WALLET_KINDS } from "../../../protocols/nostr/wallet_connect.ts";

const NOW_S = 1_770_000_000;
const WALLET_KEY = new Uint8Array(32).fill(1);
const OUR_KEY = new Uint8Array(32).fill(2);
const STRANGER_KEY = new Uint8Array(32).fill(3);
const WALLET = publicKeyOf(WALLET_KEY);
const shared = getConversationKey(WALLET_KEY, publicKeyOf(OUR_KEY));
const RESULT = { preimage: "ab".repeat(32) };
const told = (result: unknown, type = "pay_invoice") =>
  JSON.stringify({ result_type: type, result });

/** An event of the wallet that answers a request, or one that differs in `more`. */
function answer(
  request: Pick<NostrEvent, "id">,
  text: string,
  { key = WALLET_KEY, kind = WALLET_KINDS.response, tags, content }: {
    readonly key?: Uint8Array;
    readonly kind?: number;
    readonly tags?: string[][];
    readonly content?: string;
  } = {},
): NostrEvent {
  return signEvent(
    {
      pubkey: publicKeyOf(key),
      kind,
      created_at: NOW_S,
      tags: tags ?? [["p", publicKeyOf(OUR_KEY)], ["e", request.id]],
      content: content ?? encrypt(text, shared, new Uint8Array(32).fill(9)),
    },
    key,
    new Uint8Array(32),
  );
}

/** A client whose relay delivers what `answers` makes of the request. */
async function client(answers: (request: NostrEvent) => readonly (NostrEvent | string)[]) {
  const published: NostrEvent[] = [];
  const deliver = (bytes: Uint8Array): RelayDelivery => ({
    type: "document",
    bytes,
    encoding: "json",
    createdAtS: NOW_S,
    stored: false,
  });
  let out: ReadableStreamDefaultController<readonly RelayDelivery[]>;
  return {
    published,
    wallet: walletClient({
      session: {
        subscribe() {
          const deliveries = new ReadableStream<readonly RelayDelivery[]>({
            start(controller) {
              out = controller;
              controller.enqueue([{ type: "eose", assumed: false }]);
            },
          });
          return { deliveries, settledTo() {}, askFor() {}, close() {} };
        },
        publish(event) {
          published.push(event);
          for (const each of answers(event)) {
            const text = typeof each === "string" ? each : JSON.stringify(each);
            out.enqueue([deliver(new TextEncoder().encode(text))]);
          }
          return Promise.resolve({ outcome: "accepted", message: "" } as never);
        },
      },
      connection: { wallet: WALLET, relays: ["ws://127.0.0.1"], secret: OUR_KEY },
      verifier: await createVerifier(),
      clock: () => NOW_S * 1_000,
      random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
    }),
  };
}

const NOT_AN_ANSWER: readonly (readonly [
  string,
  (request: NostrEvent) => NostrEvent | string,
])[] = [
  ["of a stranger", (request) => answer(request, told({}), { key: STRANGER_KEY })],
  ["of another kind", (request) => answer(request, told({}), { kind: WALLET_KINDS.request })],
  ["to another request", () => answer({ id: asEventId("cd".repeat(32)) }, told({}))],
  ["to no request", (request) => answer(request, told({}), { tags: [] })],
  [
    "that names the request in another tag",
    (request) => answer(request, told({}), { tags: [["q", request.id]] }),
  ],
  ["that nobody can decrypt", (request) => answer(request, "", { content: "AgAA" })],
  ["in plain text", (request) => answer(request, "", { content: told({}) })],
  [
    "encrypted for somebody else",
    (request) => {
      const other = getConversationKey(WALLET_KEY, publicKeyOf(STRANGER_KEY));
      return answer(request, "", { content: encrypt(told({}), other, new Uint8Array(32).fill(9)) });
    },
  ],
  ["of 70,000 characters", (request) => answer(request, "", { content: "A".repeat(70_000) })],
  [
    "with a changed text",
    (request) => ({ ...answer(request, told({})), content: encrypt(told({ a: 1 }), shared) }),
  ],
  [
    "with a stranger's signature in the wallet's name",
    (request) => {
      const { sig } = answer(request, told({}), { key: STRANGER_KEY });
      return { ...answer(request, told({})), sig };
    },
  ],
  ["that is no event", () => "[[[["],
  ["that is empty", () => "{}"],
];

for (const [what, event] of NOT_AN_ANSWER) {
  Deno.test(`walletClient() passes over an event ${what}, and takes the wallet's answer after it`, async () => {
    const { wallet } = await client((request) => [event(request), answer(request, told(RESULT))]);
    const given = await wallet.ask("pay_invoice", {}, AbortSignal.timeout(60_000));
    assert.deepEqual(given, { result: RESULT });
  });
}

Deno.test("walletClient() asks with an encrypted request that ends after a minute, a new one each time", async () => {
  const { wallet, published } = await client((request) => [answer(request, told(RESULT))]);
  const signal = AbortSignal.timeout(60_000);
  for (let times = 0; times < 2; times++) await wallet.ask("pay_invoice", { invoice: "x" }, signal);
  const [one, two] = published;
  assert.notEqual(one.id, two.id);
  assert.equal(one.tags.find(([name]) => name === "expiration")?.[1], String(NOW_S + 60));
  assert.ok(!one.content.includes("invoice"));
  assert.deepEqual(JSON.parse(decrypt(one.content, shared)), {
    method: "pay_invoice",
    params: { invoice: "x" },
  });
});

Deno.test("walletClient() does not take the answer to an earlier request for that to a later one", async () => {
  const earlier: NostrEvent[] = [];
  const { wallet } = await client((request) => {
    const own = answer(request, told({ n: earlier.length }));
    earlier.push(own);
    return [...earlier.slice(0, -1), own];
  });
  for (let n = 0; n < 3; n++) {
    const given = await wallet.ask("pay_invoice", {}, AbortSignal.timeout(60_000));
    assert.deepEqual(given, { result: { n } });
  }
});

Deno.test("walletClient() rejects an answer to another method, and ends with the signal where none comes", async () => {
  const other = await client((request) => [answer(request, told(RESULT, "lookup_invoice"))]);
  await assert.rejects(
    other.wallet.ask("pay_invoice", {}, AbortSignal.timeout(60_000)),
    { name: "WalletConnectError", code: "bad_answer" },
  );
  const silent = await client(() => []);
  const abort = new AbortController();
  const asked = silent.wallet.ask("pay_invoice", {}, abort.signal);
  abort.abort(new Error("over"));
  await assert.rejects(asked, /over/);
});
