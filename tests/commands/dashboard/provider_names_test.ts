import assert from "node:assert/strict";
import { ProviderNames } from "../../../commands/dashboard/provider_names.ts";

const A = "a".repeat(64);
const B = "b".repeat(64);

Deno.test("ProviderNames asks once for each provider, and again a minute later where there was no name", async () => {
  let nowMs = 0;
  const asked: string[] = [];
  const names = new ProviderNames((pubkey) => {
    asked.push(pubkey[0]);
    return Promise.resolve(pubkey === A ? [{ pubkey: A, name: "Mayor-Beta" }] : []);
  }, () => nowMs);
  for (let n = 0; n < 3; n++) {
    assert.deepEqual([await names.nameOf(A), await names.nameOf(B)], ["Mayor-Beta", null]);
  }
  assert.deepEqual(asked, ["a", "b"]);
  nowMs = 60_000;
  await names.nameOf(A);
  await names.nameOf(B);
  assert.deepEqual(asked, ["a", "b", "b"]);
});

Deno.test("ProviderNames shows no control characters of a name, and at most 24 characters", async () => {
  const hostile = `\x1b[2J${"x".repeat(100)}`;
  const names = new ProviderNames(() => Promise.resolve([{ pubkey: A, name: hostile }]), () => 0);
  const shown = (await names.nameOf(A))!;
  assert.ok(!shown.includes("\x1b"), JSON.stringify(shown));
  assert.equal(shown.length, 24);
});

Deno.test("ProviderNames takes no name from another provider's announcement", async () => {
  const names = new ProviderNames(
    () => Promise.resolve([{ pubkey: B, name: "Mayor-Beta" }]),
    () => 0,
  );
  assert.equal(await names.nameOf(A), null);
});

Deno.test("ProviderNames delays one line for a slow relay, and shows the name once it arrived", async () => {
  const answer = Promise.withResolvers<{ pubkey: string; name: string }[]>();
  const names = new ProviderNames(() => answer.promise, () => 0, 1);
  assert.equal(await names.nameOf(A), null);
  // No further wait, however many providers there are: this resolves before any timer.
  const first = await Promise.race([
    names.nameOf(B),
    new Promise((resolve) => setTimeout(() => resolve("waited"), 0)),
  ]);
  assert.equal(first, null);
  answer.resolve([{ pubkey: A, name: "Mayor-Beta" }]);
  await answer.promise;
  await Promise.resolve();
  assert.equal(await names.nameOf(A), "Mayor-Beta");
});
