import assert from "node:assert/strict";
import { usageIn, usageTag } from "../../market/run_usage.ts";

const ROW = {
  jobId: "job-1",
  wallMs: 1_234.6,
  cpuMs: 90,
  memoryBytes: null,
  inputBytes: 7,
  outputBytes: 0,
  networkBytes: null,
};

Deno.test("usageIn() reads what usageTag() writes, and null for what the machine could not measure", () => {
  assert.deepEqual(usageTag(ROW), ["usage", "1235", "90", "", "7", "0", ""]);
  assert.deepEqual(usageIn({ tags: [["e", "x"], usageTag(ROW)] }), {
    wall_ms: 1_235,
    cpu_ms: 90,
    memory_bytes: null,
    input_bytes: 7,
    output_bytes: 0,
    network_bytes: null,
  });
});

for (
  const { name, tags } of [
    { name: "no tag", tags: [["e", "x"]] },
    { name: "two tags", tags: [usageTag(ROW), usageTag(ROW)] },
    { name: "too few figures", tags: [["usage", "1", "2"]] },
    { name: "a time that is no number", tags: [["usage", "1e9", "", "", "7", "0"]] },
    { name: "a negative size", tags: [["usage", "1", "", "", "-7", "0"]] },
    { name: "a number that no integer holds", tags: [["usage", "9".repeat(16), "", "", "7", "0"]] },
  ]
) {
  Deno.test(`usageIn() reads nothing of ${name}`, () => {
    assert.equal(usageIn({ tags }), null);
  });
}
