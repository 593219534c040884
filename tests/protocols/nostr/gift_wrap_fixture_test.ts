import assert from "node:assert/strict";
import { decrypt, getConversationKey } from "nostr-tools/nip44";
import { fixtureKey, fixturePubkey } from "../../../fixtures/fixture_events.ts";
import { parseEvent, parseUnsignedEvent } from "../../../protocols/nostr/event.ts";
import { eventId } from "../../../protocols/nostr/event_id.ts";
import { parseStrictJson } from "../../../protocols/json/strict_json.ts";
import { createVerifier } from "../../../protocols/nostr/verifier.ts";
import { decodeDocument } from "../../../protocols/toon/decode.ts";

const FILE = new URL("../../../fixtures/toon/kind1059_encrypted_dm.toon", import.meta.url);

Deno.test("fixture kind1059_encrypted_dm opens for its reader: wrap, seal, message, each authentic", async () => {
  const { verify } = await createVerifier();
  const wrap = parseEvent(decodeDocument(Deno.readFileSync(FILE)).event);
  assert.deepEqual([wrap.kind, verify(wrap)], [1059, "ok"]);
  assert.deepEqual(wrap.tags, [["p", fixturePubkey("reader")]]);
  const seal = parseEvent(opened(wrap.pubkey, wrap.content));
  assert.deepEqual([seal.kind, seal.tags, verify(seal)], [13, [], "ok"]);
  const message = opened(seal.pubkey, seal.content);
  const unsigned = parseUnsignedEvent(message);
  assert.equal(unsigned.pubkey, seal.pubkey);
  assert.equal((message as { id: string }).id, eventId(unsigned));
  assert.deepEqual([unsigned.kind, unsigned.content], [14, "Analyze this private repo"]);
});

function opened(from: string, payload: string): unknown {
  return parseStrictJson(decrypt(payload, getConversationKey(fixtureKey("reader"), from)));
}
