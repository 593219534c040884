/** Several providers for one job: all are different, including the replacements, or nothing is bought. */
import assert from "node:assert/strict";
import { InputError } from "../../market/packing/input_error.ts";
import type { PlannedJob } from "../../market/plan_job.ts";
import { planVerification, totalUnits } from "../../market/plan_verification.ts";
import type { Pubkey } from "../../protocols/nostr/event.ts";

const LIMITS = { jobUnits: 1_000n, providerDayUnits: 1_000n };

/** Planning where these providers fit, each at this price. */
const among = (
  prices: Readonly<Record<string, bigint>>,
  nobody = "no_provider",
) =>
(exclude: readonly string[]) => {
  const left = Object.keys(prices).filter((each) => !exclude.includes(each));
  if (left.length === 0) throw new InputError(nobody, "nobody");
  const [provider, ...others] = left;
  return Promise.resolve({
    provider: provider as Pubkey,
    priceUnits: prices[provider],
    writeUnits: 10n,
    candidates: others.map((other) => ({
      provider: other,
      payTo: `g.${other}`,
      priceUnits: prices[other],
    })),
  } as unknown as PlannedJob);
};
const plan = (count: number, prices: Readonly<Record<string, bigint>>, given = true) =>
  planVerification({ count }, among(prices), LIMITS, { given });

Deno.test("planVerification() uses a provider once, and nobody replaces two of them", async () => {
  const plans = await plan(3, { a: 1n, b: 2n, c: 3n, d: 4n, e: 5n, f: 6n, g: 7n });
  assert.deepEqual(plans.map(({ provider }) => provider), ["a", "b", "c"]);
  const followers = plans.map(({ candidates }) => candidates.map(({ provider }) => provider));
  assert.deepEqual(followers, [["d", "g"], ["e"], ["f"]]);
  assert.equal(totalUnits(plans), 36n);
});

Deno.test("planVerification() refuses too few providers, and more than a job may cost, before anything is bought", async () => {
  await assert.rejects(plan(3, { a: 1n, b: 1n }), {
    code: "too_few_providers",
    message: /^3 .* 2 /,
  });
  await assert.rejects(plan(2, {}), { code: "no_provider" });
  await assert.rejects(plan(2, { a: 500n, b: 500n }), { code: "ceiling" });
});

Deno.test("planVerification() without a bid allows no replacement that asks more than an equal part of the limit", async () => {
  const [{ candidates }] = await plan(2, { a: 1n, b: 2n, c: 481n, d: 480n }, false);
  assert.deepEqual(candidates.map(({ provider }) => provider), ["d"]);
});

Deno.test("planVerification() plans as many as can be paid where fewer suffice, and never fewer than those", async () => {
  const some = (prices: Readonly<Record<string, bigint>>, least: number) =>
    planVerification({ count: 2 }, among(prices), LIMITS, { given: true, parts: 3, least });
  const named = async (prices: Readonly<Record<string, bigint>>) =>
    (await some(prices, 1)).map(({ provider }) => provider);
  assert.deepEqual(await named({ a: 1n, b: 1n, c: 1n }), ["a", "b"]);
  assert.deepEqual(await named({ a: 1n }), ["a"]);
  // Both together cost more than a job may.
  assert.deepEqual(await named({ a: 500n, b: 500n }), ["a"]);
  await assert.rejects(some({ a: 500n, b: 500n }, 2), { code: "ceiling" });
  await assert.rejects(some({}, 1), { code: "no_provider" });
});

Deno.test("planVerification() without a bid allows no replacement that asks more than one of its parts", async () => {
  const plans = await planVerification(
    { count: 2 },
    among({ a: 1n, b: 2n, c: 314n, d: 313n }),
    LIMITS,
    { given: false, parts: 3 },
  );
  assert.deepEqual(plans[0].candidates.map(({ provider }) => provider), ["d"]);
});

Deno.test("planVerification() counts providers that serve only other buyers as none", async () => {
  const planned = (least: number) =>
    planVerification({ count: 2 }, among({ a: 1n }, "buyer_not_named"), LIMITS, {
      given: true,
      least,
    });
  assert.deepEqual((await planned(1)).map(({ provider }) => provider), ["a"]);
  await assert.rejects(planned(2), { code: "too_few_providers" });
});
