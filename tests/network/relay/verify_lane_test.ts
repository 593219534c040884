import assert from "node:assert/strict";
import { verifyAt } from "../../../network/relay/verify_lane.ts";
import { signatureBatch } from "../../../protocols/nostr/signature_batch.ts";
import { event } from "./signed_events.ts";

Deno.test("verifyAt() sends a service only signatures, and accepts only the verdict 1", async () => {
  const events = [event(), { ...event(), sig: "1".repeat(128) }, event({ content: "other" }, 2)];
  const sent: number[] = [];
  const check = signatureBatch();
  const verify = verifyAt({
    verifySignatures: (packed) => {
      sent.push(packed.length);
      return Promise.resolve(check(packed));
    },
  });
  assert.deepEqual(await verify(events), ["ok", "bad_signature", "ok"]);
  assert.deepEqual(sent, [3 * 128]);
  const broken = verifyAt({ verifySignatures: () => Promise.resolve(new Uint8Array([2])) });
  assert.deepEqual(await broken(events), ["bad_signature", "bad_signature", "bad_signature"]);
});
