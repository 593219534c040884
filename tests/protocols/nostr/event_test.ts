import assert from "node:assert/strict";
import fc from "fast-check";
import { finalizeEvent, getEventHash, verifyEvent } from "nostr-tools/pure";
import {
  asEventId,
  asPubkey,
  type NostrEvent,
  parseEvent,
  parseUnsignedEvent,
  tagValue,
  type UnsignedEvent,
} from "../../../protocols/nostr/event.ts";
import { eventId, hasOwnId, serializeEvent } from "../../../protocols/nostr/event_id.ts";
import { publicKeyOf, signEvent } from "../../../protocols/nostr/sign.ts";
import { createVerifier } from "../../../protocols/nostr/verifier.ts";
import { bytesToHex, hexToBytes } from "../../../protocols/nostr/hex.ts";
import { sha256 } from "@noble/hashes/sha2.js";

const SECRET = new Uint8Array(32).fill(7);
const AUX = new Uint8Array(32);
const PUBKEY = publicKeyOf(SECRET);

const UNSIGNED: UnsignedEvent = {
  pubkey: PUBKEY,
  created_at: 1_767_225_600,
  kind: 1,
  tags: [["t", "a"]],
  content: "gm",
};

/** Published: the self-test event of a relay of the network. */
const RELAY_SELF_TEST = parseEvent({
  kind: 1,
  created_at: 1754000000,
  tags: [],
  content: "toon-relay fast-verify self-test",
  pubkey: "6a04ab98d9e4774ad806e302dddeb63bea16b5cb5f223ee77478e861bb583eb3",
  id: "ff38bb1eb0dbd275934b16675751e8ed547812b7ca8c0cf7fe89ca666c85176a",
  sig: "faa9977f43a6b5bd183b41963658f5258c22c8b7a60ad99779d4d82ddaadb536" +
    "82a851f55f855f40c7faae7fd00c4a71eed14f3fdfb60a2751fe1b2a414dbbd3",
});

const { verify, isVerified } = await createVerifier();

Deno.test("verify() accepts the published self-test event of a relay", () => {
  assert.equal(eventId(RELAY_SELF_TEST), RELAY_SELF_TEST.id);
  assert.equal(verify(RELAY_SELF_TEST), "ok");
  assert.equal(isVerified(RELAY_SELF_TEST), true);
});

Deno.test("serializeEvent() escapes what NIP-01 names, and nothing printable", () => {
  const content = '\n"\\\r\t\b\f/<>&\u007f\u2028\u{1F600}é';
  const text = serializeEvent({ ...UNSIGNED, tags: [["\n"]], content });
  assert.equal(
    text,
    `[0,"${PUBKEY}",1767225600,1,[["\\n"]],"\\n\\"\\\\\\r\\t\\b\\f/<>&\u007f\u2028\u{1F600}é"]`,
  );
});

Deno.test("serializeEvent() writes other control characters escaped, or verbatim when asked", () => {
  const event = { ...UNSIGNED, tags: [], content: "\u0001\\u0001" };
  const head = `[0,"${PUBKEY}",1767225600,1,[],`;
  assert.equal(serializeEvent(event), `${head}"\\u0001\\\\u0001"]`);
  assert.equal(serializeEvent(event, "verbatim"), `${head}"\u0001\\\\u0001"]`);
});

Deno.test("eventId() is the id that nostr-tools computes", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.array(fc.array(fc.string())), (content, tags) => {
      const event = { ...UNSIGNED, content, tags };
      assert.equal(eventId(event), getEventHash({ ...event, tags: tags.map((tag) => [...tag]) }));
    }),
    { seed: 1, numRuns: 200 },
  );
});

Deno.test("eventId() changes when any field changes", () => {
  const ids = [
    {},
    { pubkey: publicKeyOf(new Uint8Array(32).fill(8)) },
    { created_at: 1 },
    { kind: 2 },
    { tags: [] },
    { tags: [["t"], ["a"]] },
    { content: "gm " },
  ].map((change) => eventId({ ...UNSIGNED, ...change }));
  assert.equal(new Set(ids).size, ids.length);
});

Deno.test("verify() and nostr-tools accept what signEvent() signed", () => {
  const event = signEvent(UNSIGNED, SECRET, AUX);
  assert.equal(verify(event), "ok");
  assert.equal(verifyEvent({ ...event, tags: event.tags.map((tag) => [...tag]) }), true);
  assert.deepEqual(signEvent(UNSIGNED, SECRET, AUX), event);
  assert.notEqual(signEvent(UNSIGNED, SECRET, new Uint8Array(32).fill(1)).sig, event.sig);
});

Deno.test("verify() accepts what nostr-tools signed", () => {
  const tags = UNSIGNED.tags.map((tag) => [...tag]);
  const signed = finalizeEvent({ ...UNSIGNED, tags, content: "\u0001\u{1F600}" }, SECRET);
  assert.equal(verify(parseEvent(signed)), "ok");
});

Deno.test("verify() checks a copy of an event that nostr-tools marked as verified", () => {
  const tags = UNSIGNED.tags.map((tag) => [...tag]);
  const signed = finalizeEvent({ ...UNSIGNED, tags }, SECRET);
  const changed = { ...signed, content: "changed" };
  assert.equal(verifyEvent(changed), true, "the trap is gone from nostr-tools");
  assert.equal(verify(changed as unknown as NostrEvent), "bad_id");
});

Deno.test("verify() gives its verdict on each fault", () => {
  const event = signEvent(UNSIGNED, SECRET, AUX);
  const other = signEvent({ ...UNSIGNED, content: "other" }, SECRET, AUX);
  const rows: [string, object, string][] = [
    ["other content", { content: "gn" }, "bad_id"],
    ["other tags", { tags: [] }, "bad_id"],
    ["other time", { created_at: 1 }, "bad_id"],
    ["other author", { pubkey: other.id }, "bad_id"],
    ["id of another event", { id: other.id }, "bad_id"],
    ["empty id, which the WebAssembly wrapper would take", { id: "" }, "bad_id"],
    ["half an id", { id: event.id.slice(0, 32) }, "bad_id"],
    ["signature of another event", { sig: other.sig }, "bad_signature"],
    ["empty signature", { sig: "" }, "bad_signature"],
    ["signature of zeros", { sig: "0".repeat(128) }, "bad_signature"],
    ["signature past the order", { sig: "f".repeat(128) }, "bad_signature"],
    ["short author", { pubkey: PUBKEY.slice(2) }, "bad_signature"],
  ];
  for (const [name, change, verdict] of rows) {
    assert.equal(verify({ ...event, ...change } as NostrEvent), verdict, name);
  }
});

Deno.test("verify() says bad_signature for a key that is not a point of the curve", () => {
  const pubkey = asPubkey("f".repeat(64));
  const id = eventId({ ...UNSIGNED, pubkey });
  const event = { ...UNSIGNED, pubkey, id, sig: "1".repeat(128) };
  assert.equal(verify(event), "bad_signature");
});

Deno.test("verify() takes an id made with control characters verbatim, as NIP-01 is written", async () => {
  const { schnorr } = await import("@noble/curves/secp256k1.js");
  const event = { ...UNSIGNED, content: "a\u0001b" };
  const digest = sha256(new TextEncoder().encode(serializeEvent(event, "verbatim")));
  const id = asEventId(bytesToHex(digest));
  const sig = bytesToHex(schnorr.sign(digest, SECRET, AUX));
  assert.equal(verify({ ...event, id, sig }), "ok");
  assert.equal(hasOwnId({ ...event, id, sig }), true);
  assert.equal(verify({ ...event, id, sig: "1".repeat(128) }), "bad_signature");
  assert.equal(verify({ ...event, content: "a\u0002b", id, sig }), "bad_id");
});

Deno.test("verify() verifies events larger than the memory of its WebAssembly module", () => {
  const big = signEvent({ ...UNSIGNED, content: "kind ".repeat(500_000) }, SECRET, AUX);
  assert.equal(verify(big), "ok");
  assert.equal(verify({ ...big, created_at: 1 }), "bad_id");
  assert.equal(verify({ ...big, sig: "1".repeat(128) }), "bad_signature");
  assert.equal(verify(RELAY_SELF_TEST), "ok");
});

Deno.test("signEvent() refuses a key that is not the author's", () => {
  const key = new Uint8Array(32).fill(8);
  assert.throws(() => signEvent(UNSIGNED, key, AUX), { name: "EventError", code: "bad_pubkey" });
});

Deno.test("signEvent() refuses malformed fields before it signs", () => {
  assert.throws(() => signEvent({ ...UNSIGNED, kind: 65_536 }, SECRET, AUX), { code: "bad_kind" });
});

Deno.test("parseEvent() gives the seven fields and drops the others", () => {
  const event = signEvent(UNSIGNED, SECRET, AUX);
  const parsed = parseEvent({ extra: 1, ...event });
  assert.deepEqual(parsed, event);
  assert.notEqual(parsed.tags, event.tags);
});

Deno.test("parseEvent() takes the limits of each field", () => {
  const event = signEvent(
    { ...UNSIGNED, kind: 65_535, created_at: 0, tags: [[], [""]] },
    SECRET,
    AUX,
  );
  assert.deepEqual(parseEvent(event), event);
  const zero = parseUnsignedEvent({ ...UNSIGNED, kind: -0 });
  assert.ok(Object.is(zero.kind, 0));
});

Deno.test("parseEvent() refuses each malformed field with its code, and quotes none", () => {
  const event = signEvent(UNSIGNED, SECRET, AUX);
  const rows: [unknown, string][] = [
    [null, "not_an_object"],
    [[], "not_an_object"],
    ["{}", "not_an_object"],
    [{}, "bad_pubkey"],
    [{ ...event, id: undefined }, "bad_id"],
    [{ ...event, id: event.id.toUpperCase() }, "bad_id"],
    [{ ...event, id: event.id + "0" }, "bad_id"],
    [{ ...event, sig: event.sig.slice(1) }, "bad_sig"],
    [{ ...event, sig: 1 }, "bad_sig"],
    [{ ...event, pubkey: "g".repeat(64) }, "bad_pubkey"],
    [{ ...event, kind: -1 }, "bad_kind"],
    [{ ...event, kind: 65_536 }, "bad_kind"],
    [{ ...event, kind: 1.5 }, "bad_kind"],
    [{ ...event, kind: "1" }, "bad_kind"],
    [{ ...event, kind: NaN }, "bad_kind"],
    [{ ...event, created_at: -1 }, "bad_created_at"],
    [{ ...event, created_at: 2 ** 53 }, "bad_created_at"],
    [{ ...event, created_at: 10n }, "bad_created_at"],
    [{ ...event, tags: {} }, "bad_tags"],
    [{ ...event, tags: ["t"] }, "bad_tags"],
    [{ ...event, tags: [["t", 1]] }, "bad_tags"],
    [{ ...event, tags: [["t", null]] }, "bad_tags"],
    [{ ...event, tags: [["\ud800"]] }, "bad_tags"],
    [{ ...event, content: null }, "bad_content"],
    [{ ...event, content: "secret \udc00" }, "bad_content"],
  ];
  for (const [value, code] of rows) {
    assert.throws(() => parseEvent(value), (error: Error & { code?: string }) => {
      assert.equal(error.name, "EventError");
      assert.equal(error.code, code);
      assert.ok(!error.message.includes("secret"));
      return true;
    });
  }
});

Deno.test("tagValue() gives the value of the first tag of a name", () => {
  const event = { ...UNSIGNED, tags: [["a"], ["e", "1"], ["e", "2"]] };
  assert.equal(tagValue(event, "e"), "1");
  assert.equal(tagValue(event, "a"), undefined);
  assert.equal(tagValue(event, "p"), undefined);
});

Deno.test("hexToBytes() is the inverse of bytesToHex(), and refuses what is not hex", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  assert.deepEqual(hexToBytes(bytesToHex(bytes)), bytes);
  assert.deepEqual(hexToBytes("FF"), Uint8Array.of(255));
  for (const bad of ["0", "0g", " 0", "0x00"]) assert.throws(() => hexToBytes(bad), RangeError);
});
