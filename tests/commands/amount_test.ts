import assert from "node:assert/strict";
import fc from "fast-check";
import {
  AmountError,
  decimalM2m,
  formatAmount,
  formatM2m,
  networkBanner,
  parseAmount,
} from "../../commands/amount.ts";

for (
  const { text, expected } of [
    { text: "0.00875", expected: { rail: "m2m", units: 8750n } },
    { text: "100", expected: { rail: "m2m", units: 100_000_000n } },
    { text: "100 M2M", expected: { rail: "m2m", units: 100_000_000n } },
    { text: "0.000001", expected: { rail: "m2m", units: 1n } },
    { text: "8750units", expected: { rail: "m2m", units: 8750n } },
    { text: "8750 units", expected: { rail: "m2m", units: 8750n } },
    { text: "21sat", expected: { rail: "lightning", msat: 21_000n } },
    { text: "21msat", expected: { rail: "lightning", msat: 21n } },
    { text: "9223372036854775807units", expected: { rail: "m2m", units: 2n ** 63n - 1n } },
  ] as const
) {
  Deno.test(`parseAmount() reads ${JSON.stringify(text)}`, () => {
    assert.deepEqual(parseAmount(text), expected);
  });
}

for (
  const text of [
    "",
    " ",
    "-1",
    "+1",
    "1e3",
    "1.",
    ".5",
    "0x10",
    "1,5",
    "0.0000001",
    "1.5units",
    "1.5sat",
    "1 btc",
    "NaN",
    "Infinity",
    "9223372036854775808units",
    "99999999999999999999",
    "٣",
  ]
) {
  Deno.test(`parseAmount() refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseAmount(text), AmountError);
  });
}

Deno.test("formatM2m() shows at least two decimals and no needless zeros", () => {
  const shown = [0n, 1n, 8750n, 500_000n, 49_991_250n, 100_000_000n, -1_500_000n].map(formatM2m);
  assert.deepEqual(shown, [
    "0.00 M2M",
    "0.000001 M2M",
    "0.00875 M2M",
    "0.50 M2M",
    "49.99125 M2M",
    "100.00 M2M",
    "-1.50 M2M",
  ]);
});

Deno.test("parseAmount() reads back what formatM2m() and decimalM2m() write", () => {
  fc.assert(fc.property(fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), (units) => {
    assert.deepEqual(parseAmount(formatM2m(units)), { rail: "m2m", units });
    assert.deepEqual(parseAmount(decimalM2m(units)), { rail: "m2m", units });
  }));
});

Deno.test("formatAmount() names the rail and never converts", () => {
  assert.equal(formatAmount({ rail: "lightning", msat: 21_000n }), "21000 msat");
  assert.equal(formatAmount({ rail: "m2m", units: 21_000n }), "0.021 M2M");
});

Deno.test("networkBanner() says TESTNET or MAINNET first", () => {
  assert.match(networkBanner({ name: "dev", testnet: true }), /^TESTNET dev/);
  assert.match(networkBanner({ name: "base", testnet: false }), /^MAINNET base/);
});
