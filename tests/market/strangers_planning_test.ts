/** Which providers and payment modes are chosen beside the limit of what strangers are paid before their result. */
import assert from "node:assert/strict";
import { inFittingMode } from "../../market/choose_request.ts";
import { type PlannedJob, requestPlanner } from "../../market/plan_job.ts";
import { InputError } from "../../market/packing/input_error.ts";
import { planVerification } from "../../market/plan_verification.ts";
import { BUYER } from "./sequences/sequence_market.ts";
import { type Case, LIMITS, marketOf, planned, testChoices } from "./strangers_market.ts";

testChoices([
  [
    "a stranger within the room is paid upfront",
    { offers: { a: { units: 1_000n } } },
    "a upfront 1000",
  ],
  [
    "a stranger just above the room keeps no known provider from the job",
    { offers: { a: { units: 1_001n }, d: { units: 5_000n, delivered: 5_000n } } },
    "d upfront 5000",
  ],
  [
    "a stranger whose quote is above the room, and not its announced price, is not chosen either",
    { offers: { a: { units: 900n, quoted: 1_001n }, d: { units: 5_000n, delivered: 5_000n } } },
    "d upfront 5000",
  ],
  [
    "a stranger above the room keeps no other stranger from the job",
    {
      offers: { a: { units: 1_001n, delivered: 0n }, d: { units: 1_000n } },
      flags: { prefer: "price" },
    },
    "d upfront 1000",
  ],
  [
    "a known provider is paid what its history covers when the room is used up",
    { offers: { a: { units: 1n }, d: { units: 5_000n, delivered: 5_000n } }, counted: 1_000n },
    "d upfront 5000",
  ],
  [
    "the history of a job of 1 unit covers 1 unit",
    { offers: { a: { units: 1_002n, delivered: 1n } } },
    { code: "strangers", message: /would be paid 0\.001001 M2M before its result/ },
  ],
  [
    "what is at risk with a provider takes its history",
    { offers: { a: { units: 1_001n, delivered: 5_000n, atRisk: 5_000n } } },
    { code: "strangers" },
  ],
  [
    "a stranger above the room is paid on delivery if it sells so",
    { offers: { a: { units: 2_000n, modes: { "on-delivery": 500n, metered: 500n } } } },
    "a on-delivery 500",
  ],
  [
    "a stranger above the room is paid while it runs if it sells so",
    { offers: { a: { units: 2_000n, modes: { metered: 500n } } } },
    "a metered 500",
  ],
  [
    "a deposit above the room is not paid, an increment within it is",
    { offers: { a: { units: 8_000n, modes: { "on-delivery": 1_999n, metered: 500n } } } },
    "a metered 500",
  ],
  [
    "a deposit of nearly the whole price does not evade the limit",
    { offers: { a: { units: 2_000n, modes: { "on-delivery": 1_999n } } } },
    { code: "strangers", message: /0\.002 M2M before its result/ },
  ],
  [
    "with --payment on-delivery a deposit of nearly the whole price is paid to nobody",
    {
      offers: { a: { units: 2_000n, modes: { "on-delivery": 1_999n } } },
      flags: { payment: "on-delivery" },
    },
    { code: "no_quotes", message: /asks for more before the job runs than was announced/ },
  ],
  [
    "with --payment on-delivery a deposit above the room is not paid",
    {
      offers: { a: { units: 8_000n, modes: { "on-delivery": 1_999n } } },
      flags: { payment: "on-delivery" },
    },
    { code: "strangers", message: /0\.001999 M2M before its result/ },
  ],
  [
    "with --payment on-delivery a deposit above the room keeps no other provider from the job",
    {
      offers: {
        a: { units: 6_000n, modes: { "on-delivery": 1_499n } },
        d: { units: 7_000n, modes: { "on-delivery": 500n } },
      },
      flags: { payment: "on-delivery" },
    },
    "d on-delivery 500",
  ],
  [
    "with --payment upfront no other mode is chosen",
    {
      offers: { a: { units: 2_000n, modes: { "on-delivery": 500n } } },
      flags: { payment: "upfront" },
    },
    { code: "strangers" },
  ],
  [
    "a named stranger above the room is paid on delivery",
    {
      offers: { a: { units: 2_000n, modes: { "on-delivery": 500n } }, d: { units: 10n } },
      flags: { provider: "a".repeat(64) },
    },
    "a on-delivery 500",
  ],
  [
    "a provider that takes over fits beside the one before it",
    { offers: { a: { units: 600n }, d: { units: 700n }, c: { units: 800n, delivered: 800n } } },
    "a upfront 600 then c",
  ],
  [
    "a bid that is too low is said before the limit",
    { offers: { a: { units: 90_000n } }, flags: { bidUnits: 10_000n } },
    { code: "bid_too_low" },
  ],
]);

Deno.test("chooseRequest() says what to do if strangers cannot be paid, and why another mode was chosen", async () => {
  await assert.rejects(
    planned({ offers: { a: { units: 400_000n } }, limit: 300_000n, counted: 100_000n }),
    {
      code: "strangers",
      message:
        "provider aaaaaaaa... would be paid 0.40 M2M before its result, above what it delivered to you; with 0.10 M2M that strangers were paid today, this is above the limit of 0.30 M2M a day",
      suggestion:
        /^Use --payment on-delivery or .* 'crosstown wallet limits --set strangers-day=0\.5'$/,
    },
  );
  const { asking, market, order, asked } = marketOf({
    offers: { a: { units: 2_000n, modes: { "on-delivery": 500n } } },
  });
  let built = 0;
  const job = await inFittingMode(
    async (flags, onBuilt) => await (await requestPlanner(asking, market, flags, [], onBuilt))([]),
    order,
    ({ request }) => {
      built++;
      assert.equal(request.tags.some(([name]) => name === "mode"), false);
      return Promise.resolve();
    },
  );
  assert.match(
    job.note ?? "",
    /^the provider is paid on delivery, because the price is above what/,
  );
  assert.equal(built, 1, "the same command finds its job by the request that is paid upfront");
  assert.deepEqual(asked, ["a on-delivery"], "nobody is asked for a price that cannot be paid");
});

Deno.test("inFittingMode() pays in another mode where no provider takes payment upfront, unless the command names a mode", async () => {
  const { order } = marketOf({ offers: {} });
  const tried: (string | undefined)[] = [];
  const plan = ({ payment }: typeof order) => {
    tried.push(payment);
    if (payment === "metered") return Promise.resolve({} as PlannedJob);
    const code = payment === undefined ? "no_upfront" : "no_provider";
    return Promise.reject(new InputError(code, "no"));
  };
  const { note } = await inFittingMode(plan, order);
  assert.equal(
    note,
    "the provider is paid while it runs, because no provider that fits is paid upfront for it",
  );
  assert.deepEqual(tried, [undefined, "on-delivery", "metered"]);
  await assert.rejects(
    inFittingMode(() => Promise.reject(new InputError("no_upfront", "no")), {
      ...order,
      payment: "upfront",
    }),
    { code: "no_upfront" },
  );
});

Deno.test("requestPlanner() lets the jobs of a verification share the room", async () => {
  const offers = { a: { units: 400n }, d: { units: 500n }, c: { units: 600n } };
  const plan = async (given: Case, count: number) => {
    const { asking, market, order } = marketOf(given);
    const next = await requestPlanner(asking, market, { ...order, answersKey: BUYER });
    const plans = await planVerification({ count }, (taken) => next(taken), LIMITS, {
      given: true,
    });
    return plans.map(({ provider, candidates }) =>
      provider[0] + candidates.map((each) => `/${each.provider[0]}`).join("")
    ).join(" ");
  };
  assert.equal(await plan({ offers }, 2), "a/c d");
  await assert.rejects(plan({ offers }, 3), {
    code: "too_few_providers",
    message: /^3 providers are needed and 2 can be paid.* above the limit of 0\.001 M2M a day$/,
  });
  const known = { ...offers, c: { units: 600n, delivered: 600n } };
  assert.equal(await plan({ offers: known }, 3), "a d c");
});
