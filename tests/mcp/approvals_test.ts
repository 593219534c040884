import assert from "node:assert/strict";
import { Approvals } from "../../mcp/approvals.ts";

Deno.test("Approvals: an answer counts for its own question, once and for ten minutes", () => {
  let now = 0;
  const approvals = new Approvals(() => now);
  const state = approvals.ask("a job for 0.2");
  assert.equal(approvals.close(undefined, "a job for 0.2"), false, "nobody was asked");
  assert.equal(approvals.close("made up", "a job for 0.2"), false);
  assert.equal(approvals.close(state, "a job for 2"), false, "another order");
  assert.equal(approvals.close(state, "a job for 0.2"), true);
  assert.equal(approvals.close(state, "a job for 0.2"), false, "a second time");
  const late = approvals.ask("a job");
  now = 600_001;
  assert.equal(approvals.close(late, "a job"), false);
});

Deno.test("Approvals: of more than 64 open questions the oldest is dropped", () => {
  const approvals = new Approvals();
  const states = Array.from({ length: 65 }, () => approvals.ask("x"));
  assert.equal(approvals.close(states[0], "x"), false);
  assert.equal(approvals.close(states[1], "x"), true);
  assert.equal(approvals.close(states[64], "x"), true);
});
