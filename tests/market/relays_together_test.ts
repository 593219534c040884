import assert from "node:assert/strict";
import { askTogether } from "../../market/relays_together.ts";
import { RelayReaderError } from "../../market/relay_questions.ts";

/** A relay whose answer the test gives. */
function relay(relayUrl: string, down: string | null = null) {
  const answer = Promise.withResolvers<string>();
  return { relayUrl, down: () => down, ask: () => answer.promise, answer };
}

/** A wait that ends when the test says so, and the total time that was waited. */
function manualSleep() {
  let sleptMs = 0;
  const sleep = (ms: number) => {
    sleptMs += ms;
    return Promise.resolve();
  };
  return { sleep, sleptMs: () => sleptMs };
}

Deno.test("askTogether() waits a second for a slow relay once another has answered, and gives the answers in order", async () => {
  const [own, slow, quick] = [relay("a"), relay("b"), relay("c")];
  const { sleep, sleptMs } = manualSleep();
  const asked = askTogether([own, slow, quick], sleep);
  quick.answer.resolve("from c");
  own.answer.resolve("from a");
  const { told, answers } = await asked;
  assert.deepEqual(told, ["from a", "from c"]);
  assert.deepEqual(answers.map(({ relayUrl, state }) => [relayUrl, state]), [
    ["a", "answered"],
    ["b", "late"],
    ["c", "answered"],
  ]);
  assert.ok(sleptMs() >= 1_000 && sleptMs() <= 1_200, `${sleptMs()} ms`);
});

Deno.test("askTogether() does not wait for a relay that is known to be down", async () => {
  const [own, gone] = [relay("a"), relay("b", "connection refused")];
  const { sleep, sleptMs } = manualSleep();
  const asked = askTogether([own, gone], sleep);
  own.answer.resolve("from a");
  const { told, answers } = await asked;
  assert.deepEqual(told, ["from a"]);
  assert.deepEqual(answers[1], {
    relayUrl: "b",
    state: "offline",
    reason: "connection refused",
  });
  assert.equal(sleptMs(), 0);
});

Deno.test("askTogether() gives what other relays tell when the first one refuses or is gone", async () => {
  const [own, other] = [relay("a"), relay("b")];
  const asked = askTogether([own, other], manualSleep().sleep);
  own.answer.reject(new RelayReaderError("denied", "not you"));
  other.answer.resolve("from b");
  const { told, answers } = await asked;
  assert.deepEqual(told, ["from b"]);
  assert.deepEqual(answers[0], { relayUrl: "a", state: "denied", reason: "not you" });
});

Deno.test("askTogether() fails as the first relay does when no relay answers", async () => {
  const [own, other] = [relay("a"), relay("b")];
  const asked = askTogether([own, other], manualSleep().sleep);
  other.answer.reject(new RelayReaderError("denied", "b says no"));
  own.answer.reject(new RelayReaderError("offline", "a is gone"));
  await assert.rejects(asked, { code: "offline", message: "a is gone" });
});
