/** How long the audit waits for more entries. */
import assert from "node:assert/strict";
import { createPace } from "../../../trail/audit/pace.ts";

for (
  const { name, waited, expected } of [
    { name: "doubles while entries keep coming", waited: [0, 0, 0], expected: [100, 200, 400] },
    { name: "ends at ten times the least", waited: Array(6).fill(0), expected: [1_000] },
    { name: "is the least after a lull", waited: [0, 0, 0, 401], expected: [100] },
    {
      name: "grows where entries came before the last wait was over again",
      waited: [0, 100],
      expected: [200],
    },
    {
      name: "is the least for the first entry, however long it was waited for",
      waited: [9_000],
      expected: [100],
    },
  ]
) {
  Deno.test(`pace: the wait ${name}`, () => {
    const pace = createPace(100);
    const waits = waited.map((waitedMs) => pace.after(waitedMs));
    assert.deepEqual(waits.slice(-expected.length), expected);
  });
}
