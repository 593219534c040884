import assert from "node:assert/strict";
import { publicKeyOf, signEvent } from "../../../protocols/nostr/sign.ts";
import { readAnswer, saysTheSame } from "../../../protocols/nostr/same_answer.ts";
import { encodeToon } from "../../../protocols/toon/encode.ts";

const SECRET = new Uint8Array(32).fill(7);

function answer(content: string, kind = 6600, createdAtS = 1) {
  const template = {
    pubkey: publicKeyOf(SECRET),
    created_at: createdAtS,
    kind,
    tags: [],
    content,
  };
  return signEvent(template, SECRET, new Uint8Array(32));
}

Deno.test("saysTheSame() compares kind and content, not times", () => {
  const document = encodeToon(answer("done"), "1.4");
  assert.deepEqual(readAnswer(document), answer("done"));
  assert.ok(saysTheSame(answer("done", 6600, 2), document));
  assert.ok(!saysTheSame(answer("done", 7000), document));
  assert.ok(!saysTheSame(answer("not done"), document));
});

Deno.test("readAnswer() reads a document of up to a mebibyte", () => {
  const rest = encodeToon(answer(""), "1.4").length;
  const longest = encodeToon(answer("a".repeat((1 << 20) - rest)), "1.4");
  assert.ok(longest.length <= 1 << 20);
  assert.equal(readAnswer(longest).kind, 6600);
  const long = encodeToon(answer("a".repeat(1 << 20)), "1.4");
  assert.throws(() => readAnswer(long), { name: "ToonError" });
});
