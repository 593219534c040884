import assert from "node:assert/strict";
import { gcm } from "@noble/ciphers/aes.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { NostrEvent } from "../../../protocols/nostr/event.ts";
import {
  deliveryOrder,
  isSealed,
  maxOpenBytes,
  openedEvent,
  readDeliveryOrder,
  readSealed,
  sealResult,
} from "../../../protocols/nostr/sealed_result.ts";

const KEY = new Uint8Array(32).fill(7);
const RANDOM = { salt: new Uint8Array(32).fill(1), nonce: new Uint8Array(12).fill(2) };

function event(content: string, tags: readonly (readonly string[])[]): NostrEvent {
  return {
    id: "a".repeat(64),
    pubkey: "b".repeat(64),
    created_at: 1,
    kind: 6601,
    tags: [["e", "c".repeat(64)], ...tags],
    content,
    sig: "d".repeat(128),
  } as unknown as NostrEvent;
}

function sealed(content: string, tags: readonly (readonly string[])[] = [], key = KEY): NostrEvent {
  const made = sealResult({ content, tags }, key, RANDOM);
  return event(made.content, made.tags);
}

Deno.test("openedEvent() returns what sealResult() sealed, with the same id, and the sealed event shows none of it", () => {
  const before = sealed("forty-two", [["exit_code", "0"]]);
  assert.ok(isSealed(before));
  assert.ok(!JSON.stringify(before).includes("exit_code"));
  const open = openedEvent(before, KEY);
  assert.deepEqual([open.id, open.sig, open.content], [before.id, before.sig, "forty-two"]);
  assert.deepEqual(open.tags, [["e", "c".repeat(64)], ["exit_code", "0"]]);
  assert.ok(!isSealed(open));
  assert.equal(readSealed(before).condition, sha256(KEY).toHex());
});

Deno.test("sealResult() reveals sizes only in steps, and maxOpenBytes() fits them", () => {
  assert.equal(sealed("").content.length, sealed("x".repeat(100)).content.length);
  for (const room of [0, 100, 700, 1_148, 32_767, 65_000]) {
    const most = maxOpenBytes(room);
    if (most === 0) continue;
    const tags = [["exit_code", "0"], ["imeta", "x".repeat(180)]];
    assert.ok(sealed("x".repeat(most), tags).content.length <= room, `${room}`);
  }
});

Deno.test("sealResult() refuses what its own key could not open: half characters, or too many tags", () => {
  const half = openedEvent(sealed("a\ud800b", [["t", "\udc00"]]), KEY);
  assert.deepEqual([half.content, half.tags[1]], ["a\ufffdb", ["t", "\ufffd"]]);
  const tags = (count: number) => Array.from({ length: count }, () => ["t", "x"]);
  assert.equal(openedEvent(sealed("", tags(64)), KEY).tags.length, 65);
  assert.equal(openedEvent(sealed("", tags(65)), KEY).tags.length, 65);
});

Deno.test("openedEvent() says of a key that opens nothing whether it is the promised one", () => {
  const good = sealed("forty-two");
  assert.throws(() => openedEvent(good, new Uint8Array(32)), { code: "other_key" });
  const tag = (name: string, value: string) =>
    event(good.content, good.tags.slice(1).map((each) => each[0] === name ? [name, value] : each));
  // The promised key, and another cipher text, another promise, or no result in it.
  const other = sealed("forty-two", [], new Uint8Array(32).fill(8));
  const mixed = event(other.content, good.tags.slice(1));
  assert.throws(() => openedEvent(mixed, KEY), { code: "broken" });
  const liar = tag("commitment", "0".repeat(64));
  assert.throws(() => openedEvent(liar, KEY), { code: "broken" });
  for (const text of ["no json", "[]", '{"content":1,"tags":[]}', '{"content":"","tags":[[1]]}']) {
    const plain = new Uint8Array(256).fill(0x20);
    plain.set(new TextEncoder().encode(text));
    const bytes = new Uint8Array([...RANDOM.nonce, ...gcm(KEY, RANDOM.nonce).encrypt(plain)]);
    const made = event(bytes.toBase64(), [
      ["sealed", "aes-256-gcm"],
      ["condition", sha256(KEY).toHex()],
      ["commitment", sha256(plain).toHex()],
    ]);
    assert.throws(() => openedEvent(made, KEY), { code: "broken" }, text);
  }
});

Deno.test("readSealed() refuses what is not a sealed result", () => {
  const good = sealed("x");
  const tags = good.tags.slice(1);
  for (
    const [content, changed] of [
      [good.content, tags.filter(([name]) => name !== "commitment")],
      [good.content, [...tags, tags[1]]],
      [good.content, tags.map((each) => each[0] === "sealed" ? ["sealed", "rot13"] : each)],
      [good.content, tags.map((each) => each[0] === "condition" ? ["condition", "AB"] : each)],
      ["not base64!", tags],
      [new Uint8Array(27).toBase64(), tags],
      [new Uint8Array(300).toBase64(), tags],
      ["", tags],
    ] as const
  ) {
    assert.throws(() => readSealed(event(content, changed)), { code: "malformed" });
  }
});

Deno.test("readDeliveryOrder() reads what deliveryOrder() wrote, and nothing that names two of anything", () => {
  const order = { requestId: "1".repeat(64), provider: "2".repeat(64), condition: "3".repeat(64) };
  const made = { ...event("", []), ...deliveryOrder(order, 5) };
  assert.deepEqual(readDeliveryOrder(made), order);
  assert.throws(() => readDeliveryOrder({ ...made, kind: 1 }), { code: "malformed" });
  for (const tag of made.tags) {
    const twice = { ...made, tags: [...made.tags, tag] };
    assert.throws(() => readDeliveryOrder(twice), { code: "malformed" });
    const none = { ...made, tags: made.tags.filter((each) => each !== tag) };
    assert.throws(() => readDeliveryOrder(none), { code: "malformed" });
  }
});
