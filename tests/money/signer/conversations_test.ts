import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { getPublicKey } from "nostr-tools/pure";
import { createConversations } from "../../../money/signer/conversations.ts";

const FILE = new URL("../../../../shared/vectors/nip44.vectors.json", import.meta.url);

// deno-lint-ignore no-explicit-any
function vectors(): any {
  try {
    return JSON.parse(Deno.readTextFileSync(FILE)).v2;
  } catch {
    return null;
  }
}

const v2 = vectors();
const ignore = v2 === null;
const why = ignore ? " (ignored: the vector file is not beside this repository)" : "";
const bytes = (hex: string) => Uint8Array.fromHex(hex);
const none = () => assert.fail("no randomness expected");

Deno.test({
  name: `encrypt() and decrypt() meet the published NIP-44 vectors${why}`,
  ignore,
  fn() {
    for (const vector of v2.valid.encrypt_decrypt) {
      const nonce = () => bytes(vector.nonce);
      const peer = getPublicKey(bytes(vector.sec2));
      const sender = createConversations(bytes(vector.sec1), nonce);
      assert.equal(sender.encrypt(peer, vector.plaintext), vector.payload);
      const receiver = createConversations(bytes(vector.sec2), none);
      const author = getPublicKey(bytes(vector.sec1));
      assert.equal(receiver.decrypt(author, vector.payload), vector.plaintext);
    }
  },
});

Deno.test({
  name: `fulfilment() uses the published NIP-44 conversation keys${why}`,
  ignore,
  fn() {
    const dataSha256 = createHash("sha256").update("data").digest();
    for (const { sec1, pub2, conversation_key } of v2.valid.get_conversation_key) {
      const ours = createConversations(bytes(sec1), none).fulfilment(pub2, dataSha256);
      const expected = createHmac("sha256", bytes(conversation_key)).update(dataSha256);
      assert.equal(ours.toHex(), expected.digest("hex"));
    }
  },
});

Deno.test({
  name: `every call refuses the published public keys that are none${why}`,
  ignore,
  fn() {
    for (const { sec1, pub2 } of v2.invalid.get_conversation_key) {
      const conversations = createConversations(bytes(sec1), none);
      assert.throws(() => conversations.fulfilment(pub2, new Uint8Array(32)), {
        name: "SignerError",
        code: "bad_field",
      });
    }
  },
});

Deno.test("destroy() forgets the keys of all peers", () => {
  const key = new Uint8Array(32).fill(1);
  const peer = getPublicKey(new Uint8Array(32).fill(2));
  const conversations = createConversations(key, none);
  const before = conversations.fulfilment(peer, new Uint8Array(32)).toHex();
  conversations.destroy();
  key.fill(3);
  assert.notEqual(conversations.fulfilment(peer, new Uint8Array(32)).toHex(), before);
});
