import assert from "node:assert/strict";
import { asIlpAddress } from "../../../protocols/ilp/address.ts";
import {
  decodeIldcp,
  encodeIldcp,
  ILDCP_CONDITION,
  IldcpError,
} from "../../../protocols/ilp/ildcp.ts";

Deno.test("ILDCP_CONDITION is the RFC's, SHA-256 of 32 zero bytes", () => {
  assert.equal(
    ILDCP_CONDITION.toHex(),
    "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925",
  );
});

Deno.test("encodeIldcp() writes address, scale and code as ilp-protocol-ildcp does", () => {
  const told = { clientAddress: asIlpAddress("test.example"), assetScale: 9, assetCode: "XAM" };
  assert.equal(encodeIldcp(told).toHex(), "0c746573742e6578616d706c650903" + "58414d");
  assert.deepEqual(decodeIldcp(encodeIldcp(told)), told);
});

for (
  const { name, hex } of [
    { name: "nothing", hex: "" },
    { name: "no scale", hex: "0c746573742e6578616d706c65" },
    { name: "no code", hex: "0c746573742e6578616d706c650900" },
    { name: "an address that is none", hex: "012009" + "0358414d" },
    { name: "an address that is no UTF-8", hex: "01ff09" + "0358414d" },
    { name: "bytes after the end", hex: "0c746573742e6578616d706c65090358414d00" },
    { name: "a length that is not the shortest", hex: "810c746573742e6578616d706c65090358414d" },
    { name: "a code of 65 bytes", hex: `0c746573742e6578616d706c650941${"41".repeat(65)}` },
  ]
) {
  Deno.test(`decodeIldcp() refuses ${name}`, () => {
    assert.throws(() => decodeIldcp(Uint8Array.fromHex(hex)), IldcpError);
  });
}

Deno.test("encodeIldcp() takes scales from 0 to 255 and codes of 1 to 64 bytes, and no other", () => {
  const good = { clientAddress: asIlpAddress("test.example"), assetScale: 9, assetCode: "XAM" };
  for (
    const more of [
      { assetScale: 0 },
      { assetScale: 255 },
      { assetCode: "X" },
      { assetCode: "é".repeat(32) },
    ]
  ) {
    const told = { ...good, ...more };
    assert.deepEqual(decodeIldcp(encodeIldcp(told)), told);
  }
  for (
    const more of [
      { assetScale: -1 },
      { assetScale: 256 },
      { assetScale: 1.5 },
      { assetScale: NaN },
      { assetCode: "" },
      { assetCode: "é".repeat(33) },
    ]
  ) assert.throws(() => encodeIldcp({ ...good, ...more }), IldcpError, JSON.stringify(more));
});

Deno.test("decodeIldcp() refuses a code that is not UTF-8, and keeps a mark at its start", () => {
  const address = "0c746573742e6578616d706c65";
  assert.throws(() => decodeIldcp(Uint8Array.fromHex(`${address}0902c328`)), {
    name: "IldcpError",
    message: /assetCode must be UTF-8/,
  });
  assert.equal(decodeIldcp(Uint8Array.fromHex(`${address}0904efbbbf58`)).assetCode, "\ufeffX");
});
