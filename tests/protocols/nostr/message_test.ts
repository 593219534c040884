import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import {
  type ClientMessage,
  encodeMessage,
  MessageError,
  type MessageLimits,
  parseClientMessage,
  parseRelayMessage,
  type RelayMessage,
} from "../../../protocols/nostr/message.ts";
import { parseReason, REASON_PREFIXES } from "../../../protocols/nostr/reason.ts";
import { asEventId } from "../../../protocols/nostr/event.ts";
import { publicKeyOf, signEvent } from "../../../protocols/nostr/sign.ts";

const SECRET = new Uint8Array(32).fill(7);
const EVENT = signEvent(
  {
    pubkey: publicKeyOf(SECRET),
    created_at: 1,
    kind: 1,
    tags: [["t", ']"}']],
    content: "x\u{1F600}",
  },
  SECRET,
  new Uint8Array(32),
);
const ID = asEventId("a".repeat(64));

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

const CLIENT: ClientMessage[] = [
  { type: "EVENT", event: EVENT },
  { type: "AUTH", event: EVENT },
  { type: "CLOSE", subscription: "s" },
  { type: "REQ", subscription: "x".repeat(64), filters: [{}, { kinds: [5050], "#t": ["a"] }] },
  { type: "COUNT", subscription: "s", filters: [{ kinds: [1] }, {}] },
];

for (const message of CLIENT) {
  Deno.test(`parseClientMessage() reads what encodeMessage() wrote: ${message.type}`, () => {
    assert.deepEqual(parseClientMessage(encodeMessage(message)), message);
  });
}

const RELAY: RelayMessage[] = [
  { type: "EVENT", subscription: "s", raw: utf8(JSON.stringify(EVENT)), encoding: "json" },
  {
    type: "EVENT",
    subscription: "s",
    raw: utf8('kind: 1\ncontent: "a\\n\u0001\u{1F600}"'),
    encoding: "toon",
  },
  { type: "EOSE", subscription: "s" },
  { type: "OK", eventId: ID, accepted: true, prefix: "none", message: "" },
  { type: "OK", eventId: ID, accepted: false, prefix: "pow", message: "pow: 20 bits" },
  { type: "CLOSED", subscription: "s", prefix: "auth-required", message: "auth-required: who?" },
  { type: "NOTICE", message: "hello" },
  { type: "COUNT", subscription: "s", count: 5, approximate: false },
  { type: "COUNT", subscription: "s", count: 5, approximate: true },
  { type: "AUTH", challenge: "c" },
];

for (const message of RELAY) {
  const what = message.type === "EVENT" ? `EVENT ${message.encoding}` : JSON.stringify(message);
  Deno.test(`parseRelayMessage() reads what encodeMessage() wrote: ${what}`, () => {
    assert.deepEqual(parseRelayMessage(encodeMessage(message)), message);
  });
}

Deno.test("parseRelayMessage() gives the exact bytes of a JSON event, white space, order, escapes and all", () => {
  const slices = [
    "{}",
    '{ "kind" : 1 ,\n "tags":[ [ "]" , "}" ] ] }',
    '{"content":"\\u0041\\/\\"]}","kind":1e0}',
    '{"a":{"b":[{}]},"kind":1,"kind":2}',
    '{"content":"\u{1F600}\u007f\u2028"}',
  ];
  for (const slice of slices) {
    for (const [before, after] of [["", ""], [" \n\t", " \r\n"]]) {
      const message = parseRelayMessage(
        `${before}["EVENT"${before},"s",${before}${slice}${after}]${after}`,
      );
      assert.ok(message.type === "EVENT");
      assert.equal(message.encoding, "json");
      assert.equal(new TextDecoder().decode(message.raw), slice);
    }
  }
});

Deno.test("parseRelayMessage() gives any TOON text back byte for byte", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const message = parseRelayMessage(JSON.stringify(["EVENT", "s", text]));
      assert.ok(message.type === "EVENT" && message.encoding === "toon");
      assert.equal(Buffer.compare(message.raw, utf8(text)), 0);
    }),
    { seed: 2, numRuns: 200 },
  );
});

Deno.test("parseRelayMessage() does not look into an event: that is for later stages to refuse", () => {
  for (const event of ['{"kind":}', "{not json}", '""', '"[1"']) {
    assert.equal(parseRelayMessage(`["EVENT","s",${event}]`).type, "EVENT");
  }
});

Deno.test("parseRelayMessage() and parseClientMessage() answer any text with a message or a MessageError", () => {
  const piece = fc.constantFrom(
    ...[
      "[",
      "]",
      "{",
      "}",
      ",",
      ":",
      '"',
      "\\",
      " ",
      "\n",
      "\ud800",
      "1",
      "true",
      "null",
      '"s"',
      "[[[[",
      '""',
    ],
    ...[
      '["EVENT"',
      '["OK"',
      '["REQ"',
      '["CLOSED"',
      '["AUTH"',
      `"${ID}"`,
      '{"kinds":[1]}',
      '"\\u00',
    ],
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
      for (const parse of [parseRelayMessage, parseClientMessage]) {
        try {
          assert.ok(parse(pieces.join("")).type);
        } catch (error) {
          assert.ok(error instanceof MessageError, String(error));
        }
      }
    }),
    { seed: 12, numRuns: 3_000 },
  );
});

Deno.test("parseRelayMessage() takes OK and CLOSED without their words, as some relays send them", () => {
  assert.deepEqual(parseRelayMessage(`["OK","${ID}",true]`), {
    type: "OK",
    eventId: ID,
    accepted: true,
    prefix: "none",
    message: "",
  });
  assert.deepEqual(parseRelayMessage('["CLOSED","s"]'), {
    type: "CLOSED",
    subscription: "s",
    prefix: "none",
    message: "",
  });
});

Deno.test("parseRelayMessage() accepts null as a message, and elements beyond those of NIP-01", () => {
  const closed = { type: "CLOSED", subscription: "s", prefix: "none", message: "" };
  assert.deepEqual(parseRelayMessage('["CLOSED","s",null]'), closed);
  const more = parseRelayMessage('["CLOSED","s","auth-required: who",{"retry":1}]');
  assert.ok(more.type === "CLOSED" && more.prefix === "auth-required");
  const ok = parseRelayMessage(`["OK","${ID}",false,null,"x"]`);
  assert.ok(ok.type === "OK" && !ok.accepted && ok.message === "");
  assert.deepEqual(parseRelayMessage('["EOSE","s",{}]'), { type: "EOSE", subscription: "s" });
});

Deno.test("parseReason() knows every prefix, of OK and of CLOSED", () => {
  for (const prefix of REASON_PREFIXES) {
    const message = `${prefix}: some words: and more`;
    assert.deepEqual(parseReason(message), { prefix, message });
    const ok = parseRelayMessage(JSON.stringify(["OK", ID, false, message]));
    assert.ok(ok.type === "OK" && ok.prefix === prefix);
    const closed = parseRelayMessage(JSON.stringify(["CLOSED", "s", message]));
    assert.ok(closed.type === "CLOSED" && closed.prefix === prefix);
  }
});

Deno.test("parseReason() finds the known word wherever it stands, and tells unknown ones from none", () => {
  const rows: [string, string][] = [
    ["", "none"],
    ["all is well", "none"],
    ["Blocked: no", "blocked"],
    ["ERROR: auth-required: only for members", "auth-required"],
    ["error: rate-limited: slow down", "rate-limited"],
    ["closed by us, auth-required: who are you", "auth-required"],
    ["ERROR: bad filter", "error"],
    ["blocked: ERROR: auth-required: x", "blocked"],
    ["not-auth-required: x", "other"],
    ["see http://example.org", "none"],
    ["invalid:", "invalid"],
    ["invalid:without a space", "none"],
    ["whitelist: no", "other"],
    [" invalid: x", "invalid"],
  ];
  for (const [message, prefix] of rows) assert.equal(parseReason(message).prefix, prefix, message);
});

const BAD_CLIENT: [string, string, string, MessageLimits?][] = [
  ["no JSON", "EVENT", "bad_json"],
  ["an object", "{}", "bad_json"],
  ["text after the array", "[1] 2", "bad_json"],
  ["an empty array", "[]", "unknown_type"],
  ["a number as type", "[1]", "unknown_type"],
  ["COUNT without a filter", '["COUNT","s"]', "malformed"],
  ["what only relays send", '["EOSE","s"]', "unknown_type"],
  ["EVENT without an event", '["EVENT"]', "malformed"],
  ["EVENT with a subscription", '["EVENT","s",{}]', "malformed"],
  ["an event that is none", '["EVENT",{}]', "bad_event"],
  ["an event with a key twice", '["EVENT",{"id":1,"id":2}]', "bad_json"],
  ["REQ without a filter", '["REQ","s"]', "malformed"],
  ["REQ with an empty id", '["REQ","",{}]', "bad_subscription"],
  ["REQ with an id of 65 characters", `["REQ","${"x".repeat(65)}",{}]`, "bad_subscription"],
  ["REQ with a number as id", '["REQ",1,{}]', "malformed"],
  ["REQ with a bad filter", '["REQ","s",{},{"kinds":["1"]}]', "bad_filter"],
  ["REQ with a filter that has a key twice", '["REQ","s",{"kinds":[1],"kinds":[2]}]', "bad_filter"],
  ["REQ with too many filters", '["REQ","s",{},{},{}]', "too_many_filters", { maxFilters: 2 }],
  ["EVENT alone", '["EVENT"]', "malformed"],
  ["EVENT with more", `["EVENT",${JSON.stringify(EVENT)},1]`, "malformed"],
  ["CLOSE alone", '["CLOSE"]', "malformed"],
  ["CLOSE with more", '["CLOSE","s",1]', "malformed"],
  ["too many characters", '["CLOSE","s"]', "too_large", { maxBytes: 12 }],
  ["too many levels", '["EVENT",{"a":[[]]}]', "bad_json", { maxDepth: 3 }],
  ["a lone surrogate", '["CLOSE","\\ud800"]', "bad_json"],
  ["a message of 65 elements", JSON.stringify(["REQ", "s", ...Array(63).fill({})]), "bad_json"],
];

for (const [name, text, code, limits] of BAD_CLIENT) {
  Deno.test(`parseClientMessage() refuses ${name}: ${code}`, () => {
    assert.throws(() => parseClientMessage(text, limits), { name: "MessageError", code });
  });
}

Deno.test("parseClientMessage() takes as many filters as are allowed, ten by default", () => {
  const req = (filters: number) => JSON.stringify(["REQ", "s", ...Array(filters).fill({})]);
  assert.equal(parseClientMessage(req(10)).type, "REQ");
  assert.throws(() => parseClientMessage(req(11)), { code: "too_many_filters" });
  assert.equal(parseClientMessage(req(2), { maxFilters: 2 }).type, "REQ");
});

Deno.test("parseClientMessage() names the event or subscription that it refused", () => {
  assert.throws(() => parseClientMessage(JSON.stringify(["EVENT", { ...EVENT, kind: -1 }])), {
    code: "bad_event",
    eventId: EVENT.id,
  });
  assert.throws(() => parseClientMessage('["REQ","sub",{"x":1}]'), (error) => {
    assert.ok(error instanceof MessageError);
    assert.equal(error.subscription, "sub");
    assert.equal(error.eventId, undefined);
    return true;
  });
});

const BAD_RELAY: [string, string, string][] = [
  ["no JSON", "x", "bad_json"],
  ["what only clients send", '["REQ","s",{}]', "unknown_type"],
  ["EVENT without a subscription", '["EVENT",{}]', "malformed"],
  ["EVENT with more", '["EVENT","s",{},1]', "malformed"],
  ["an event that is a number", '["EVENT","s",1]', "malformed"],
  ["an event that is an array", '["EVENT","s",[]]', "malformed"],
  ["a TOON event with a lone surrogate", '["EVENT","s","\\ud800"]', "bad_json"],
  ["an event that is not closed", '["EVENT","s",{"a":1]', "bad_json"],
  ["OK with an id that is none", '["OK","x",true,""]', "malformed"],
  ["OK with a string for a boolean", `["OK","${ID}","true",""]`, "malformed"],
  ["OK with a number for words", `["OK","${ID}",true,1]`, "malformed"],
  ["OK cut off", `["OK","${ID}"]`, "malformed"],
  ["EOSE without a subscription", '["EOSE"]', "malformed"],
  ["NOTICE with an object", '["NOTICE",{}]', "malformed"],
  ["AUTH without a challenge", '["AUTH"]', "malformed"],
  ["AUTH with more", '["AUTH","a","b"]', "malformed"],
  ["AUTH with an event", '["AUTH",{}]', "malformed"],
];

for (const [name, text, code] of BAD_RELAY) {
  Deno.test(`parseRelayMessage() refuses ${name}: ${code}`, () => {
    assert.throws(() => parseRelayMessage(text), { name: "MessageError", code });
  });
}
