import assert from "node:assert/strict";
import { snakeKeys } from "../../shell/snake_keys.ts";

Deno.test("snakeKeys() renames fields at every depth, and leaves ids, addresses and words", () => {
  assert.deepEqual(
    snakeKeys({
      firstSeq: 1,
      lines: [{ droppedByReason: { "too many messages": 1 } }, null, "camelCase"],
      "0xAbCd": 2,
      CamelCase: 3,
      a1bC: 4,
    }),
    {
      first_seq: 1,
      lines: [{ dropped_by_reason: { "too many messages": 1 } }, null, "camelCase"],
      "0xAbCd": 2,
      CamelCase: 3,
      a1bC: 4,
    },
  );
});
