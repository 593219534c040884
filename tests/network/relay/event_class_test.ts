import assert from "node:assert/strict";
import { classOfKind } from "../../../network/relay/event_class.ts";

Deno.test("classOfKind() follows NIP-01", () => {
  for (
    const [kind, expected] of [
      [0, "replaceable"],
      [1, "regular"],
      [3, "replaceable"],
      [5050, "regular"],
      [9_999, "regular"],
      [10_000, "replaceable"],
      [19_999, "replaceable"],
      [20_000, "ephemeral"],
      [29_999, "ephemeral"],
      [30_000, "addressable"],
      [39_999, "addressable"],
      [40_000, "regular"],
      [65_535, "regular"],
    ] as const
  ) assert.equal(classOfKind(kind), expected, `${kind}`);
});
