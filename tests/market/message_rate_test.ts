import assert from "node:assert/strict";
import { MessageRate } from "../../market/message_rate.ts";

/** How many of so many messages run. */
function taken(
  rate: MessageRate,
  count: number,
  author: (at: number) => string,
  nowMs = 0,
): number {
  return Array.from({ length: count }, (_, at) => rate.take("dm", author(at), nowMs))
    .filter(Boolean).length;
}

Deno.test("MessageRate lets an author's messages run 20 at once, then one every ten seconds", () => {
  const rate = new MessageRate();
  assert.equal(taken(rate, 100, () => "a"), 20);
  assert.equal(taken(rate, 100, () => "a", 10_000), 1);
});

Deno.test("MessageRate lets other authors run while one author floods", () => {
  const rate = new MessageRate();
  taken(rate, 10_000, () => "a");
  assert.equal(taken(rate, 20, () => "b"), 20);
});

Deno.test("MessageRate limits all authors of a skill together to 60 at once, separately for each skill", () => {
  const rate = new MessageRate();
  assert.equal(taken(rate, 5_000, (at) => `author ${at}`), 60);
  assert.equal(taken(rate, 5_000, (at) => `author ${at}`, 1_000), 1);
  assert.equal(rate.take("other", "a", 1_000), true);
});
