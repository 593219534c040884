import assert from "node:assert/strict";
import { finalizeEvent, generateSecretKey, getPublicKey } from "nostr-tools/pure";
import { encrypt, getConversationKey } from "nostr-tools/nip44";
import { unwrapEvent, wrapEvent } from "nostr-tools/nip59";
import { fixtureKey, fixturePubkey } from "../../../fixtures/fixture_events.ts";
import { type NostrEvent, parseEvent } from "../../../protocols/nostr/event.ts";
import { eventId } from "../../../protocols/nostr/event_id.ts";
import { createVerifier } from "../../../protocols/nostr/verifier.ts";
import { decodeDocument } from "../../../protocols/toon/decode.ts";
import { createConversations } from "../../../money/signer/conversations.ts";
import { createEventSigning } from "../../../money/signer/event_signing.ts";
import { createGiftWraps } from "../../../money/signer/gift_wraps.ts";

const NOW_S = 1_800_000_000;
const random = (size: number) => crypto.getRandomValues(new Uint8Array(size));
const { verify } = await createVerifier();

function wrapsOf(key: Uint8Array) {
  const { pubkey, sign } = createEventSigning(key, random);
  const conversations = createConversations(key, random);
  return createGiftWraps({
    pubkey,
    conversations,
    sign,
    verify,
    random,
    clock: () => NOW_S * 1000,
  });
}

const reader = fixtureKey("reader");
const own = wrapsOf(reader);

Deno.test("giftWraps.open() reads the fixture kind1059_encrypted_dm: Analyze this private repo", async () => {
  const file = new URL("../../../fixtures/toon/kind1059_encrypted_dm.toon", import.meta.url);
  const wrap = parseEvent(decodeDocument(await Deno.readFile(file)).event);
  const { kind, content, pubkey } = own.open(wrap);
  assert.deepEqual(
    [kind, content, pubkey],
    [14, "Analyze this private repo", fixturePubkey("sender")],
  );
});

Deno.test("giftWraps.make() makes what nostr-tools opens, and opens what nostr-tools makes", () => {
  const peer = generateSecretKey();
  const message = { kind: 14, created_at: NOW_S, tags: [["p", getPublicKey(peer)]], content: "é" };
  const wrap = own.make(getPublicKey(peer), message);
  assert.equal(verify(wrap), "ok");
  assert.notEqual(wrap.pubkey, fixturePubkey("reader"));
  assert.ok(wrap.created_at <= NOW_S && wrap.created_at > NOW_S - 172_800);
  const opened = unwrapEvent(
    JSON.parse(JSON.stringify(wrap)) as Parameters<typeof unwrapEvent>[0],
    peer,
  );
  assert.deepEqual([opened.pubkey, opened.content], [fixturePubkey("reader"), "é"]);
  const theirs = wrapEvent({ ...message, content: "hello" }, peer, fixturePubkey("reader"));
  const back = own.open(JSON.parse(JSON.stringify(theirs)));
  assert.deepEqual([back.pubkey, back.content], [getPublicKey(peer), "hello"]);
});

/** A wrap for the reader with any value as its seal. */
function wrapped(seal: unknown): NostrEvent {
  const key = generateSecretKey();
  const content = encrypt(JSON.stringify(seal), getConversationKey(key, fixturePubkey("reader")));
  const wrap = { kind: 1059, created_at: NOW_S, tags: [], content };
  return JSON.parse(JSON.stringify(finalizeEvent(wrap, key)));
}

/** A seal by this key of a message by that author. */
function sealed(by: Uint8Array, message: unknown, kind = 13): unknown {
  const content = encrypt(JSON.stringify(message), getConversationKey(by, fixturePubkey("reader")));
  return JSON.parse(JSON.stringify(finalizeEvent({ kind, created_at: 1, tags: [], content }, by)));
}

const mallory = fixtureKey("mallory");
const byMallory = {
  pubkey: fixturePubkey("mallory"),
  kind: 14,
  created_at: 1,
  tags: [],
  content: "hi",
};
const HOSTILE: readonly { name: string; wrap: unknown; error: RegExp }[] = [
  { name: "no event", wrap: { kind: 1059 }, error: /the wrap cannot be read/ },
  {
    name: "another kind",
    wrap: { ...wrapped(sealed(mallory, byMallory)), kind: 1 },
    error: /a wrap has kind 1059/,
  },
  {
    name: "a wrap for somebody else",
    wrap: wrapsOf(mallory).make(fixturePubkey("mallory"), byMallory),
    error: /does not decrypt/,
  },
  {
    name: "a seal of another kind",
    wrap: wrapped(sealed(mallory, byMallory, 14)),
    error: /the seal is not authentic/,
  },
  {
    name: "a seal that nobody signed",
    wrap: wrapped({ ...sealed(mallory, byMallory) as object, sig: "0".repeat(128) }),
    error: /the seal is not authentic/,
  },
  {
    name: "a message in the name of another",
    wrap: wrapped(sealed(mallory, { ...byMallory, pubkey: fixturePubkey("sender") })),
    error: /another author than its seal/,
  },
  {
    name: "a message under another's id",
    wrap: wrapped(sealed(mallory, { ...byMallory, id: "0".repeat(64) })),
    error: /id is of another message/,
  },
  {
    name: "a seal that is no object",
    wrap: wrapped([1]),
    error: /the seal cannot be read/,
  },
];
for (const { name, wrap, error } of HOSTILE) {
  Deno.test(`giftWraps.open() refuses ${name}`, () => {
    assert.throws(() => own.open(wrap), { name: "SignerError", code: "bad_field", message: error });
  });
}

Deno.test("giftWraps.open() takes a message with its own id, and make() refuses what is not a message", () => {
  const withId = { ...byMallory, id: eventId(byMallory as never) };
  assert.equal(own.open(wrapped(sealed(mallory, withId))).id, withId.id);
  for (const bad of [null, { kind: -1 }, { ...byMallory, content: "x".repeat(70_000) }]) {
    assert.throws(() => own.make(fixturePubkey("sender"), bad), { code: "bad_field" });
  }
  assert.throws(() => own.make("not a key", byMallory), { code: "bad_field" });
});
