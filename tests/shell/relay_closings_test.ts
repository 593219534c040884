import assert from "node:assert/strict";
import { relayClosings } from "../../shell/relay_closings.ts";

Deno.test("relayClosings() adds up what the relay closed over all pipelines", () => {
  const pipelines = {
    answers: { "relay-source": { closed_by_relay: 3, "closed_by_relay:auth-required": 3 } },
    requests: {
      "relay-source": { "closed_by_relay:none": 1, "closed_by_relay:auth-required": 1 },
      "skill-sink": { done: 9 },
    },
  };
  assert.equal(
    relayClosings(pipelines),
    "closed 5 subscriptions (4 auth-required, 1 without a known prefix)",
  );
});

Deno.test("relayClosings() is null where nothing was closed or nothing is known", () => {
  assert.equal(relayClosings({ answers: { "relay-source": { items_out: 3 } } }), null);
  assert.equal(relayClosings(undefined), null);
});
