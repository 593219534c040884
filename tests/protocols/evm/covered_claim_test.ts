import assert from "node:assert/strict";
import fc from "fast-check";
import { asChannelId } from "../../../protocols/evm/channel_id.ts";
import { parseClaim } from "../../../protocols/evm/claim.ts";
import { encodeCoveredClaim, readCoveredClaim } from "../../../protocols/evm/covered_claim.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const channelId = asChannelId(`0x${"5a".repeat(32)}`);
const TEXT = `{"channelId":"${channelId}","coveredBy":12,"nonce":11,"version":"1.0"}`;

Deno.test("readCoveredClaim() reads what encodeCoveredClaim() writes, for any two nonces", () => {
  assert.equal(
    new TextDecoder().decode(encodeCoveredClaim({ channelId, nonce: 11, coveredBy: 12 })),
    TEXT,
  );
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 10 ** 15 - 2 }),
    fc.integer({ min: 1, max: 63 }),
    (nonce, ahead) => {
      const claim = { channelId, nonce, coveredBy: Math.min(nonce + ahead, 10 ** 15 - 1) };
      assert.deepEqual(readCoveredClaim(encodeCoveredClaim(claim)), claim);
    },
  ));
});

for (
  const [name, text] of [
    ["its own nonce", TEXT.replace("12", "11")],
    ["an earlier nonce", TEXT.replace("12", "10")],
    ["nonce 0", TEXT.replace("11", "0")],
    ["a nonce with a leading zero", TEXT.replace("11", "011")],
    ["a nonce that is not exact", TEXT.replace("12", "9007199254740993")],
    ["a channel in upper case", TEXT.replaceAll("5a", "5A")],
    ["a short channel", TEXT.replace("5a", "")],
    [
      "another order of fields",
      TEXT.replace(`"coveredBy":12,"nonce":11`, `"nonce":11,"coveredBy":12`),
    ],
    ["a field more", TEXT.replace("}", `,"x":1}`)],
    ["a field twice", TEXT.replace(`"nonce":11`, `"nonce":11,"nonce":11`)],
    ["a space", TEXT.replace(",", ", ")],
    ["a line after it", `${TEXT}\n`],
    ["a byte order mark", `\ufeff${TEXT}`],
    ["another version", TEXT.replace("1.0", "1.1")],
    ["nothing", ""],
    ["much", `${TEXT}${" ".repeat(100_000)}`],
  ] as const
) {
  Deno.test(`readCoveredClaim() and parseClaim() read no claim with ${name}`, () => {
    assert.equal(readCoveredClaim(utf8(text)), null);
    assert.throws(() => parseClaim(utf8(text)), { name: "ClaimError" });
  });
}

Deno.test("a covered claim is not a signed one, also for programs that know only those", () => {
  assert.throws(() => parseClaim(utf8(TEXT)), { name: "ClaimError" });
  assert.equal(readCoveredClaim(new Uint8Array([0xff, 0xfe])), null);
});
