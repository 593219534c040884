import assert from "node:assert/strict";
import fc from "fast-check";
import {
  afterFee,
  checkFee,
  type Fee,
  feesOnTheWay,
  formatHopFee,
  grossFor,
  parseHopFee,
} from "../../../protocols/ilp/fee.ts";

const fee = fc.record({
  flatUnits: fc.bigInt({ min: 0n, max: 10n ** 9n }),
  basisPoints: fc.integer({ min: 0, max: 9_999 }),
});
const arrives = (gross: bigint, fees: readonly Fee[]) =>
  fees.reduce<bigint | null>((left, each) => left === null ? null : afterFee(left, each), gross);

Deno.test("grossFor() is the least amount of which the price arrives: one unit less would not do", () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 1n, max: 2n ** 64n }),
      fc.array(fee, { maxLength: 4 }),
      (net, fees) => {
        const gross = grossFor(net, fees);
        assert.equal(arrives(gross, fees), net);
        const less = arrives(gross - 1n, fees);
        assert.ok(less === null || less < net);
      },
    ),
    { numRuns: 2_000 },
  );
});

Deno.test("grossFor() finds what a search from below finds", () => {
  fc.assert(fc.property(
    fc.bigInt({ min: 1n, max: 300n }),
    fc.record({
      flatUnits: fc.bigInt({ min: 0n, max: 20n }),
      basisPoints: fc.integer({ min: 0, max: 9_000 }),
    }),
    (net, each) => {
      let gross = net;
      while ((afterFee(gross, each) ?? 0n) < net) gross += 1n;
      assert.equal(grossFor(net, [each]), gross);
    },
  ));
});

for (
  const { name, net, fees, gross } of [
    { name: "no hop", net: 7n, fees: [], gross: 7n },
    { name: "no fee", net: 7n, fees: [{ flatUnits: 0n, basisPoints: 0 }], gross: 7n },
    { name: "flat", net: 7n, fees: [{ flatUnits: 3n, basisPoints: 0 }], gross: 10n },
    {
      name: "a tenth of a percent",
      net: 999n,
      fees: [{ flatUnits: 0n, basisPoints: 10 }],
      gross: 999n,
    },
    {
      name: "its first unit",
      net: 1_000n,
      fees: [{ flatUnits: 0n, basisPoints: 10 }],
      gross: 1_001n,
    },
    {
      name: "two hops, the first one's on what the second needs",
      net: 100n,
      fees: [{ flatUnits: 0n, basisPoints: 5_000 }, { flatUnits: 10n, basisPoints: 0 }],
      gross: 219n,
    },
    { name: "nothing", net: 0n, fees: [{ flatUnits: 3n, basisPoints: 10 }], gross: 0n },
  ]
) {
  Deno.test(`grossFor() ${name}`, () => {
    assert.equal(grossFor(net, fees), gross);
  });
}

Deno.test("checkFee() refuses what no packet could pay", () => {
  for (const wrong of [[-1n, 0], [0n, -1], [0n, 10_000], [0n, 1.5], [0n, NaN]] as const) {
    const [flatUnits, basisPoints] = wrong;
    assert.throws(() => checkFee({ flatUnits, basisPoints }), RangeError);
  }
  assert.throws(() => grossFor(-1n, []), RangeError);
});

Deno.test("parseHopFee() gives back what formatHopFee() wrote, and refuses the rest", () => {
  const each = { prefix: "g.town.far", flatUnits: 3n, basisPoints: 10 };
  assert.deepEqual(parseHopFee(formatHopFee(each)), each);
  for (
    const text of [
      "",
      "g.town",
      "g.town 1",
      "g.town -1 0",
      "g.town 1 0 0",
      "g. 1 0",
      "g.town 1 99999",
    ]
  ) assert.throws(() => parseHopFee(text), RangeError);
});

Deno.test("feesOnTheWay() takes whole segments, in the order of the list", () => {
  const fees = ["test.a", "test.a.b", "test.ab"].map((prefix, at) => ({
    prefix,
    flatUnits: BigInt(at),
    basisPoints: 0,
  }));
  assert.deepEqual(feesOnTheWay(fees, "test.a.b.c").map(({ flatUnits }) => flatUnits), [0n, 1n]);
  assert.deepEqual(feesOnTheWay(fees, "test.abc"), []);
});
