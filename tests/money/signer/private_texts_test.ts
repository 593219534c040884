import assert from "node:assert/strict";
import { decrypt, getConversationKey } from "nostr-tools/nip44";
import { generateSecretKey, getPublicKey } from "nostr-tools/pure";
import { fixtureKey } from "../../../fixtures/fixture_events.ts";
import { AUTH_KIND, GIFT_WRAP_KIND } from "../../../protocols/nostr/kinds.ts";
import { wrappableBytes, wrappedBytes } from "../../../protocols/nostr/private_job.ts";
import { createVerifier } from "../../../protocols/nostr/verifier.ts";
import { encodeToon } from "../../../protocols/toon/encode.ts";
import { createConversations } from "../../../money/signer/conversations.ts";
import { createEventSigning } from "../../../money/signer/event_signing.ts";
import { createPrivateTexts } from "../../../money/signer/private_texts.ts";

const NOW_S = 1_800_000_000;
const random = (size: number) => crypto.getRandomValues(new Uint8Array(size));
const { verify } = await createVerifier();

function textsOf(nostrKey: Uint8Array) {
  const { pubkey } = createEventSigning(nostrKey, random);
  const { decrypt } = createConversations(nostrKey, random);
  const texts = createPrivateTexts({
    nostrKey,
    pubkey,
    decrypt,
    random,
    clock: () => NOW_S * 1_000,
  });
  return { pubkey, ...texts };
}

const buyer = textsOf(fixtureKey("buyer"));
const provider = textsOf(fixtureKey("provider"));

Deno.test("privateTexts.wrap() names its reader alone, and NIP-44 of nostr-tools opens it", () => {
  const peer = generateSecretKey();
  const wrap = buyer.wrap(getPublicKey(peer), "Analyze this private repo");
  assert.equal(verify(wrap), "ok");
  assert.equal(wrap.kind, GIFT_WRAP_KIND);
  assert.ok(!JSON.stringify(wrap).includes(buyer.pubkey));
  assert.ok(wrap.created_at <= NOW_S && wrap.created_at > NOW_S - 172_800);
  const opened = decrypt(wrap.content, getConversationKey(peer, wrap.pubkey));
  assert.equal(opened, "Analyze this private repo");
  const again = buyer.wrap(getPublicKey(peer), "Analyze this private repo");
  assert.notEqual(again.pubkey, wrap.pubkey);
});

Deno.test("privateTexts.open() opens only texts for its own key and for the answers key", () => {
  assert.notEqual(buyer.answersKey, buyer.pubkey);
  assert.equal(textsOf(fixtureKey("buyer")).answersKey, buyer.answersKey);
  for (const key of [buyer.pubkey, buyer.answersKey]) {
    assert.equal(buyer.open(provider.wrap(key, "é")), "é");
  }
  const others = provider.wrap(provider.pubkey, "not for us");
  assert.throws(() => buyer.open(others), { code: "bad_field" });
  const renamed = { ...others, tags: [["p", buyer.pubkey]] };
  assert.throws(() => buyer.open(renamed), { code: "bad_field" });
  assert.throws(() => buyer.open({ ...others, kind: 1 }), { code: "bad_field" });
  for (const none of [null, {}, "x"]) assert.throws(() => buyer.open(none), { code: "bad_field" });
});

Deno.test("privateTexts.wrap() refuses an invalid key and a text outside of 1 to 65,535 bytes", () => {
  for (const text of ["", "x".repeat(65_536), 5]) {
    assert.throws(() => buyer.wrap(provider.pubkey, text), { code: "bad_field" });
  }
  for (const reader of ["", "0".repeat(64), "npub1", null]) {
    assert.throws(() => buyer.wrap(reader, "text"), { code: "bad_field" });
  }
});

Deno.test("the answers key signs proofs for relays and no other event", () => {
  const event = { pubkey: buyer.answersKey, created_at: NOW_S, tags: [], content: "" };
  const proof = buyer.proof({ ...event, kind: AUTH_KIND })!;
  assert.equal(verify(proof), "ok");
  assert.equal(buyer.proof({ ...event, kind: 1 }), null);
  assert.equal(buyer.proof({ ...event, kind: AUTH_KIND, pubkey: buyer.pubkey }), null);
  assert.equal(buyer.proof("x"), null);
});

Deno.test("wrappedBytes() is what a wrap takes on the wire at most, and wrappableBytes() its inverse", () => {
  for (const size of [1, 31, 32, 33, 255, 256, 257, 1_000, 5_000, 20_000, 24_000, 60_000]) {
    const { length } = encodeToon(buyer.wrap(provider.pubkey, "x".repeat(size)), "1.4");
    const told = wrappedBytes(size);
    assert.ok(length <= told && length > told - 120, `${size}: ${length} of ${told}`);
  }
  for (const limit of [700, 2_048, 32_767, 65_536]) {
    const most = wrappableBytes(limit);
    assert.ok(wrappedBytes(most) <= limit && wrappedBytes(most + 4_096) > limit, String(limit));
  }
  assert.equal(wrappableBytes(100), 0);
});
