import assert from "node:assert/strict";
import { answeredChanges, declinedBy } from "../../stages/prepare_sink_refused.ts";
import type { SinkOutcome } from "../../stages/prepare_sink_services.ts";
import type { Item } from "../../stages/stage.ts";
import { job } from "../store/store_rows.ts";

const JOB = job({ provider: "a".repeat(64), status: "posted" });
const payment = (purpose: "job" | "write"): Item => ({
  seq: 1,
  bytes: new Uint8Array(),
  known: { id: JOB.eventId, purpose },
});
const refused = (code: string): SinkOutcome => ({ state: "refused", code, message: "no" });

Deno.test("declinedBy() lets the next provider be asked if this one refuses, has no quote, or is a stranger above the limit", () => {
  for (const code of ["F00", "T03", "unquoted", "strangers"]) {
    assert.equal(declinedBy(payment("job"), refused(code), JOB)?.code, code);
    assert.equal(declinedBy(payment("write"), refused(code), JOB), null, "a write pays nobody");
  }
  for (const code of ["F06", "ceiling", "deposit_exhausted"]) {
    assert.equal(declinedBy(payment("job"), refused(code), JOB), null, code);
  }
});

Deno.test("answeredChanges() holds a limit of the buyer against no provider", () => {
  const noted = (code: string) => answeredChanges(payment("job"), refused(code), JOB, 5).length;
  assert.deepEqual(["T03", "strangers", "unquoted"].map(noted), [1, 0, 0]);
});
