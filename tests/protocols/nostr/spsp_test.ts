import assert from "node:assert/strict";
import fc from "fast-check";
import {
  formatSpspRequest,
  formatSpspResponse,
  parseSpspRequest,
  parseSpspResponse,
  type SpspRequest,
  type SpspResponse,
} from "../../../protocols/nostr/spsp.ts";

const UUID = "6f1c1d62-9d5a-4b57-8f21-0a4c8a3f2f10";
const ADDRESS = `0x${"ab".repeat(20)}`;
const SECRET = new Uint8Array(32).fill(7);
const REQUEST: SpspRequest = {
  requestId: UUID,
  timestampS: 1_700_000_000,
  ilpAddress: "g.buyer",
  supportedChains: ["evm:base:84532"],
  settlementAddresses: { "evm:base:84532": ADDRESS },
  preferredTokens: {},
  tokenNetworks: {},
};
const RESPONSE: SpspResponse = {
  requestId: UUID,
  destinationAccount: `g.town.spsp.${UUID}`,
  negotiatedChain: "evm:base:84532",
  settlementAddress: ADDRESS,
  tokenAddress: null,
  tokenNetworkAddress: null,
  channelId: `0x${"cd".repeat(32)}`,
  settlementTimeoutS: 86_400,
};

Deno.test("requests and responses are read as they were written", () => {
  assert.deepEqual(parseSpspRequest(formatSpspRequest(REQUEST)), REQUEST);
  assert.deepEqual(parseSpspRequest(formatSpspRequest({ ...REQUEST, ilpAddress: null })), {
    ...REQUEST,
    ilpAddress: null,
  });
  assert.deepEqual(parseSpspResponse(formatSpspResponse(RESPONSE, SECRET)), RESPONSE);
  const none = {
    ...RESPONSE,
    negotiatedChain: null,
    settlementAddress: null,
    channelId: null,
    settlementTimeoutS: null,
  };
  assert.deepEqual(parseSpspResponse(formatSpspResponse(none, SECRET)), none);
});

const foreign: readonly [name: string, text: string][] = [
  ["NIP-47 pay_invoice", '{"method":"pay_invoice","params":{"invoice":"lnbc50n1"}}'],
  ["NIP-47 with a request id beside it", `{"method":"get_info","requestId":"${UUID}"}`],
  ["NIP-47 result", '{"result_type":"get_balance","result":{"balance":10000}}'],
  ["NIP-47 error", '{"result_type":"pay_invoice","error":{"code":"OTHER","message":"no"}}'],
  ["no JSON", "hello"],
  ["a list", "[]"],
  ["null", "null"],
  ["an empty object", "{}"],
  ["a key twice", `{"requestId":"${UUID}","requestId":"${UUID}"}`],
];

for (const [name, text] of foreign) {
  Deno.test(`SPSP is not read out of ${name}`, () => {
    for (const parse of [parseSpspRequest, parseSpspResponse]) {
      assert.throws(() => parse(text), { code: "not_spsp" });
    }
  });
}

const badRequests: readonly [string, object][] = [
  ["a request id that is no UUID", { requestId: "1" }],
  ["a time as text", { timestamp: "1700000000" }],
  ["a time before 1970", { timestamp: -1 }],
  ["a time in parts of seconds", { timestamp: 1.5 }],
  ["an ILP address that is none", { ilpAddress: "buyer" }],
  ["chains as text", { supportedChains: "evm:84532" }],
  ["an address on no chain of its own", { settlementAddresses: { "evm:1": ADDRESS } }],
];

for (const [name, change] of badRequests) {
  Deno.test(`parseSpspRequest() refuses ${name}`, () => {
    const text = JSON.stringify({ ...JSON.parse(formatSpspRequest(REQUEST)), ...change });
    assert.throws(() => parseSpspRequest(text), { code: "bad_field" });
  });
}

const badResponses: readonly [string, object][] = [
  ["another request id", { requestId: "x" }],
  ["no destination", { destinationAccount: undefined }],
  ["a destination that is none", { destinationAccount: "$town.example/pay" }],
  ["no secret", { sharedSecret: undefined }],
  ["a short secret", { sharedSecret: "AAAA" }],
  ["an address that is none on an evm chain", { settlementAddress: "town" }],
  ["a wrong checksum", { tokenNetworkAddress: "0x5fbDB2315678afecb367f032d93F642f64180aa3" }],
  ["a channel id that is none", { channelId: "0x12" }],
  ["a negative timeout", { settlementTimeout: -1 }],
];

for (const [name, change] of badResponses) {
  Deno.test(`parseSpspResponse() refuses ${name}`, () => {
    const text = JSON.stringify({ ...JSON.parse(formatSpspResponse(RESPONSE, SECRET)), ...change });
    assert.throws(() => parseSpspResponse(text), (error: Error) => {
      assert.equal((error as { code?: string }).code, "bad_field");
      assert.ok(!error.message.includes(SECRET.toBase64()), "the secret is in no message");
      return true;
    });
  });
}

Deno.test("no other error is thrown, whatever was decrypted", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
    for (const parse of [parseSpspRequest, parseSpspResponse]) {
      try {
        parse(text);
      } catch (error) {
        assert.match((error as { code: string }).code, /^(not_spsp|bad_field)$/);
      }
    }
  }));
});

Deno.test("a time of 0 and a timeout of 0 are read", () => {
  assert.deepEqual(parseSpspRequest(formatSpspRequest({ ...REQUEST, timestampS: 0 })), {
    ...REQUEST,
    timestampS: 0,
  });
  const response = { ...RESPONSE, settlementTimeoutS: 0 };
  assert.deepEqual(parseSpspResponse(formatSpspResponse(response, SECRET)), response);
});
