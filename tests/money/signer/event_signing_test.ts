import assert from "node:assert/strict";
import { createEventSigning } from "../../../money/signer/event_signing.ts";

const { pubkey, sign } = createEventSigning(
  new Uint8Array(32).fill(7),
  (size) => crypto.getRandomValues(new Uint8Array(size)),
);
const event = (content: string, items: readonly string[]) => ({
  pubkey,
  created_at: 1,
  kind: 1,
  tags: [items],
  content,
});

Deno.test("sign() takes events of 262,144 characters, three more counted for each item of a tag", () => {
  const refused = { name: "SignerError", code: "bad_field" };
  assert.equal(sign(event("a".repeat(262_144 - 4), ["t"])).pubkey, pubkey);
  assert.throws(() => sign(event("a".repeat(262_144 - 3), ["t"])), refused);
  assert.equal(sign(event("a", Array(87_381).fill(""))).pubkey, pubkey);
  assert.throws(() => sign(event("aa", Array(87_381).fill(""))), refused);
});
