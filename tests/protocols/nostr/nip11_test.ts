import assert from "node:assert/strict";
import { parseRelayInformation } from "../../../protocols/nostr/nip11.ts";

Deno.test("parseRelayInformation() reads every known field", () => {
  const information = {
    name: "relay",
    description: "d",
    pubkey: "a".repeat(64),
    contact: "mailto:x@example.org",
    software: "crosstown",
    version: "1",
    supported_nips: [1, 11, 42],
    limitation: {
      max_message_length: 131_072,
      max_subscriptions: 20,
      max_limit: 500,
      max_subid_length: 64,
      max_event_tags: 100,
      max_content_length: 65_536,
      min_pow_difficulty: 0,
      auth_required: false,
      payment_required: true,
      restricted_writes: true,
      created_at_lower_limit: 31_536_000,
      created_at_upper_limit: 900,
      default_limit: 100,
    },
  };
  assert.deepEqual(parseRelayInformation(JSON.stringify(information)), information);
});

Deno.test("parseRelayInformation() leaves out what is of a wrong type, and what it does not know", () => {
  const read = parseRelayInformation(JSON.stringify({
    name: 1,
    version: "x".repeat(5_000),
    supported_nips: [1, "2", -3, 4.5],
    limitation: { max_limit: -1, auth_required: "yes", max_subscriptions: 3, fee: 1 },
    fees: {},
  }));
  assert.equal(read.version?.length, 1_024);
  assert.deepEqual({ ...read, version: "" }, {
    version: "",
    supported_nips: [1],
    limitation: { max_subscriptions: 3 },
  });
  assert.deepEqual(parseRelayInformation('{"limitation":[],"supported_nips":{}}'), {});
});

Deno.test("parseRelayInformation() refuses what is not a document", () => {
  for (
    const text of [
      "",
      "<html>",
      "[]",
      "1",
      "null",
      '{"a":1,"a":2}',
      `{"a":"${"x".repeat(70_000)}"}`,
    ]
  ) {
    assert.throws(() => parseRelayInformation(text), {
      name: "RelayInformationError",
      code: "bad_relay_information",
    });
  }
});
