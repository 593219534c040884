import assert from "node:assert/strict";
import { statusDocument, statusText } from "../../commands/daemon/daemon_status.ts";

Deno.test("statusText() shows limits in the network's asset, never in base units", () => {
  const ready = {
    role: "mayor",
    network: "club",
    testnet: true,
    job_limit_units: "4000",
    provider_day_limit_units: "10000",
    window_units: "1000",
  };
  const text = statusText(ready, { code: "CLUB", scale: 2 });
  assert.match(text, /^job limit +40\.00 CLUB$/m);
  assert.match(text, /^day limit +100\.00 CLUB to one provider$/m);
  assert.doesNotMatch(text, /units|4000/);
});

Deno.test("statusDocument() has the problems of a running daemon, and statusText() shows them", () => {
  const problem = { code: "other_network", message: "it is down", suggestion: "start it" };
  const document = statusDocument({ role: "mayor", relay_pubkey: "ab" }, problem);
  assert.deepEqual(document.problem, problem);
  const text = statusText(document, { code: "M2M", scale: 6 });
  assert.match(text, /^problem +it is down\nwhat to do +start it$/m);
  assert.doesNotMatch(text, /relay_pubkey/);
});
