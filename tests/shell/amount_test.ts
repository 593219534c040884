import assert from "node:assert/strict";
import fc from "fast-check";
import { decimalUnits, formatUnits, M2M } from "../../protocols/ilp/asset.ts";
import { AmountError, networkBanner, parseAmount, tokenUnits } from "../../shell/amount.ts";

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

Deno.test("tokenUnits() names what the amount was given as in every error, and offers no amount that is refused there", () => {
  assert.equal(tokenUnits("0.5", "--bid", M2M), 500_000n);
  assert.equal(tokenUnits("0", "--bid", M2M), 0n);
  for (
    const [text, message, code] of [
      ["abc", 'Cannot read --bid "abc": it is no amount', "amount"],
      ["-1", 'Cannot read --bid "-1": it is no amount', "amount"],
      ["1.5units", 'Cannot read --bid "1.5units": units have no decimals', "amount"],
      ["0.0000001", 'Cannot read --bid "0.0000001": M2M have at most 6 decimals', "amount"],
      ["99999999999999999999", /^Cannot read --bid "9+": it is too large$/, "amount"],
      ["21sat", "--bid must be in M2M (got 21sat)", "wrong_rail"],
      ["0", "--bid must be more than 0 (got 0)", "amount"],
    ] as const
  ) {
    assert.throws(() => tokenUnits(text, "--bid", M2M, { aboveZero: true }), {
      name: "AmountError",
      code,
      message,
      suggestion: "write it like 0.5, or in base units: 500000units",
    });
  }
});

Deno.test("formatUnits() shows at least two decimals and no needless zeros", () => {
  const shown = [0n, 1n, 8750n, 500_000n, 49_991_250n, 100_000_000n, -1_500_000n].map((units) =>
    formatUnits(units, M2M)
  );
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

Deno.test("formatUnits() and parseAmount() count in the asset of the network", () => {
  const token = { code: "TOK", scale: 18 };
  assert.equal(formatUnits(1_000_000_000_000_900n, token), "0.0010000000000009 TOK");
  assert.equal(formatUnits(50n * 10n ** 18n, token), "50.00 TOK");
  assert.equal(formatUnits(7n, { code: "ITEM", scale: 0 }), "7 ITEM");
  assert.deepEqual(parseAmount("50 TOK", token), { rail: "m2m", units: 50n * 10n ** 18n });
  assert.deepEqual(parseAmount("0.000000000000000001", token), { rail: "m2m", units: 1n });
  assert.throws(() => parseAmount("50 M2M", token), AmountError);
  assert.throws(() => parseAmount("0.5", { code: "ITEM", scale: 0 }), AmountError);
});

Deno.test("parseAmount() reads back what formatUnits() and decimalUnits() write", () => {
  const units = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
  fc.assert(fc.property(units, fc.nat(18), (units, scale) => {
    const asset = { code: "M2M", scale };
    assert.deepEqual(parseAmount(formatUnits(units, asset), asset), { rail: "m2m", units });
    assert.deepEqual(parseAmount(decimalUnits(units, asset), asset), { rail: "m2m", units });
  }));
});

Deno.test("networkBanner() says TESTNET or MAINNET first", () => {
  assert.match(networkBanner({ name: "dev", testnet: true }), /^TESTNET dev/);
  assert.match(networkBanner({ name: "base", testnet: false }), /^MAINNET base/);
});
