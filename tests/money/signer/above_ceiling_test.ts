import assert from "node:assert/strict";
import { aboveCeilingOf, ceilingFigures } from "../../../money/signer/above_ceiling.ts";

Deno.test("aboveCeilingOf() reads what ceilingFigures() wrote, and nothing else", () => {
  for (const unit of ["units", "wei"] as const) {
    const above = { what: "the packet", amount: 2n, ceiling: 10n ** 77n, unit };
    const figures = ceilingFigures(above);
    assert.deepEqual(aboveCeilingOf(figures), above);
    for (
      const change of [
        { unit: "gwei" },
        { amount: "-1" },
        { amount: "" },
        { ceiling: "0x1" },
        { ceiling: "1".repeat(79) },
      ]
    ) assert.equal(aboveCeilingOf({ ...figures, ...change }), null);
    const { what: _, ...nameless } = figures;
    assert.equal(aboveCeilingOf(nameless), null);
  }
  assert.equal(aboveCeilingOf(undefined), null);
});
