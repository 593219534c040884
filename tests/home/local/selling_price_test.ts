import assert from "node:assert/strict";
import { losingPrices } from "../../../home/local/selling_price.ts";
import { parseToml } from "../../../config/table.ts";
import { echo } from "../../../skills/builtin/echo.ts";

const DEV_UNITS_PER_BYTE = 10n;

for (
  const { name, price, unitsPerByte = DEV_UNITS_PER_BYTE, losing } of [
    { name: "a price below the writes", price: [1_000n, 0n], losing: [1_000n, 16_000n] },
    { name: "a price that covers them", price: [16_000n, 0n], losing: null },
    { name: "a price by size that covers them", price: [0n, 32_000n], losing: null },
    { name: "a price by size below them", price: [100n, 2_000n], losing: [1_100n, 16_000n] },
    { name: "a job that is given away", price: [0n, 0n], losing: null },
    { name: "a relay that takes nothing", price: [1n, 0n], unitsPerByte: 0n, losing: null },
  ]
) {
  Deno.test(`losingPrices() ${losing === null ? "passes" : "names"} ${name}`, () => {
    const [flatUnits, unitsPerKib] = price;
    const found = losingPrices([{ kind: 5650, flatUnits, unitsPerKib }], unitsPerByte);
    assert.deepEqual(
      found,
      losing === null ? [] : [{ kind: 5650, priceUnits: losing[0], writesUnits: losing[1] }],
    );
  });
}

Deno.test("the built-in echo and the sample of docs/skills.md earn on the dev network", async () => {
  const page = await Deno.readTextFile(new URL("../../../docs/skills.md", import.meta.url));
  const [, toml] = /```toml\n(kinds = [\s\S]*?)```/.exec(page)!;
  const { kinds, price } = parseToml(toml, "the sample") as {
    readonly kinds: readonly number[];
    readonly price: { readonly flat_units: number; readonly units_per_kib: number };
  };
  const sample = {
    kind: kinds[0],
    flatUnits: BigInt(price.flat_units),
    unitsPerKib: BigInt(price.units_per_kib),
  };
  assert.deepEqual(
    losingPrices([sample, { kind: 5600, ...echo.manifest.price }], DEV_UNITS_PER_BYTE),
    [],
  );
});
