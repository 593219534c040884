import assert from "node:assert/strict";
import { isPrivate } from "../../../protocols/nostr/private_event.ts";

Deno.test("isPrivate() finds the tag wherever it stands, and no other", () => {
  assert.ok(isPrivate({ tags: [["encrypted"]] }));
  assert.ok(isPrivate({ tags: [["p", "a"], ["encrypted", "nip44"]] }));
  assert.ok(!isPrivate({ tags: [] }));
  assert.ok(!isPrivate({ tags: [["p", "encrypted"]] }));
});
