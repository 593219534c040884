import assert from "node:assert/strict";
import { understoodReject } from "../../../protocols/wires/crosstown/refusal.ts";

const price = { required: "3270", received: "10" };
const cases: readonly {
  name: string;
  code: string;
  message?: string;
  data?: unknown;
  expected: string;
}[] = [
  {
    name: "F04 as it is",
    code: "F04",
    message: "Insufficient payment",
    data: price,
    expected: "F04",
  },
  { name: "F06 that names a price", code: "F06", data: { metadata: price }, expected: "F04" },
  {
    name: "F06 that says so",
    code: "F06",
    message: "Insufficient payment amount",
    expected: "F04",
  },
  {
    name: "F06 of a bad signature",
    code: "F06",
    message: "Invalid Schnorr signature",
    expected: "F06",
  },
  { name: "T00 around F04", code: "T00", data: { code: "F04", metadata: price }, expected: "F04" },
  {
    name: "T00 around F06 with a price",
    code: "T00",
    data: { code: "F06", ...price },
    expected: "F04",
  },
  { name: "T00 around F06 without one", code: "T00", data: { code: "F06" }, expected: "F06" },
  {
    name: "T00 that says F06",
    code: "T00",
    message: "handler: F06 Invalid TOON payload",
    expected: "F06",
  },
  {
    name: "T00 that says underpaid",
    code: "T00",
    message: "Insufficient payment",
    expected: "F04",
  },
  { name: "T00 alone", code: "T00", message: "Internal error", expected: "T00" },
  { name: "T00 around another code", code: "T00", data: { code: "F00" }, expected: "T00" },
  { name: "another code that names a price", code: "F99", data: price, expected: "F99" },
  {
    name: "T00 that says F06 and a price",
    code: "T00",
    message: "handler: F06 Insufficient payment",
    expected: "F04",
  },
  { name: "data that is a list", code: "F06", data: '["required"]', expected: "F06" },
  {
    name: "a price in data that is no JSON to its end",
    code: "F06",
    data: `${JSON.stringify(price)}x`,
    expected: "F06",
  },
  {
    name: "a price in data above the limit",
    code: "F06",
    data: { ...price, more: "x".repeat(1 << 20) },
    expected: "F06",
  },
  { name: "data that is no JSON", code: "T00", data: "{", expected: "T00" },
];

for (const { name, code, message = "", data, expected } of cases) {
  Deno.test(`understoodReject() reads ${name} as ${expected}`, () => {
    const text = data === undefined ? "" : typeof data === "string" ? data : JSON.stringify(data);
    const reject = { code, triggeredBy: "g.a", message, data: new TextEncoder().encode(text) };
    assert.deepEqual(understoodReject(reject), { ...reject, code: expected });
  });
}

Deno.test("understoodReject() reads no price out of a text before the object", () => {
  const data = new TextEncoder().encode(` ${JSON.stringify(price)}`);
  const reject = { code: "F06", triggeredBy: "", message: "", data };
  assert.equal(understoodReject(reject).code, "F06");
});
