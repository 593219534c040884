import assert from "node:assert/strict";
import { noClaims } from "../../../money/payer/claim_source.ts";

Deno.test("noClaims() signs nothing: each packet has an empty claim, and no deposit limits it", async () => {
  const source = noClaims();
  const issued = await source.issue([{}, {}] as never);
  const none = new Uint8Array(0);
  assert.deepEqual(issued, { claims: [none, none], refusal: null, snapshot: null });
  assert.deepEqual(await source.capacity(), { depositUnits: null, open: true });
  assert.equal(await source.lastClaim(), null);
});
