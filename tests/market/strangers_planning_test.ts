/** Which providers and payment modes are chosen beside the limit of what strangers are paid before their result. */
import assert from "node:assert/strict";
import type { Announcement } from "../../market/announcement.ts";
import type { BuiltRequest, JobFlags } from "../../market/intake.ts";
import { intake } from "../../market/intake.ts";
import type { SpentToday } from "../../market/job_budget.ts";
import { NO_OFFER } from "../../market/offer.ts";
import { chooseRequest, inFittingMode } from "../../market/choose_request.ts";
import { type PlannedJob, requestPlanner } from "../../market/plan_job.ts";
import { InputError } from "../../market/packing/input_error.ts";
import { planVerification } from "../../market/plan_verification.ts";
import type { QuoteAnswer, QuoteQuestion } from "../../market/quotes/ask_quotes.ts";
import type { Distrust } from "../../store/stranger_part.ts";
import { M2M } from "../../protocols/ilp/asset.ts";
import { PLAIN_ORDER } from "./plain_order.ts";
import { BUYER, runnerOn } from "./sequences/sequence_market.ts";

const { buyer, relayReader } = runnerOn({} as Parameters<typeof runnerOn>[0]);
const [ANNOUNCED] = await relayReader.announcements({} as never) as Announcement[];

type Mode = "on-delivery" | "metered";

/** A provider: its announced price, the one that it quotes, what it wants upfront in other modes, and its history. */
interface Offered {
  readonly units: bigint;
  readonly quoted?: bigint;
  readonly modes?: Readonly<Partial<Record<Mode, bigint>>>;
  readonly delivered?: bigint;
  readonly atRisk?: bigint;
  readonly distrust?: Distrust;
}

interface Case {
  readonly offers: Readonly<Record<string, Offered>>;
  readonly limit?: bigint;
  readonly counted?: bigint;
  /** Providers whose answers enough others contradicted. */
  readonly contradicted?: string;
  readonly flags?: Partial<JobFlags>;
}

const LIMITS = { jobUnits: 10_000_000n, providerDayUnits: 100_000_000n, asset: M2M };

function marketOf(
  { offers, limit = 1_000n, counted = 0n, contradicted = "", flags = {} }: Case,
) {
  const { build, assign } = intake({ clock: Date.now });
  const ids = new Map<string, string>();
  const asked: string[] = [];
  const announcements = Object.entries(offers).map(([letter, { units, modes = {} }]) => ({
    ...ANNOUNCED,
    pubkey: letter.repeat(64),
    prices: [{
      kind: 5600,
      flatUnits: units,
      unitsPerKib: 0n,
      ...modes.metered !== undefined && { increment: { unit: "second" as const, size: 15 } },
    }],
    offer: {
      ...NO_OFFER,
      quotes: true,
      privateJobs: true,
      modes: ["upfront" as const, ...Object.keys(modes) as Mode[]],
    },
  }));
  const histories = Object.fromEntries(
    Object.entries(offers).map(([letter, { delivered = 0n, atRisk = 0n, distrust }]) => [
      letter.repeat(64),
      { deliveredUnits: delivered, riskUnits: atRisk, ...distrust && { distrust } },
    ]),
  );
  const today: SpentToday = { providers: {}, reserved: {}, histories, strangersUnits: counted };
  const asking = {
    profile: buyer.prices,
    pubkey: BUYER,
    relayReader: { announcements: () => Promise.resolve(announcements) },
    passedOver: () => Promise.resolve([]),
    breakers: () => Promise.resolve([...contradicted].map((letter) => letter.repeat(64))),
    budget: {
      limits: { ...LIMITS, strangersDayUnits: limit },
      today: () => Promise.resolve(today),
    },
    quotes: (questions: readonly QuoteQuestion[]) =>
      Promise.resolve(questions.map(({ provider, ilpAddress, request }): QuoteAnswer => {
        const { units, quoted = units, modes = {} } = offers[provider[0]];
        const mode = request.tags.find(([name]) => name === "mode")?.[1] as Mode | undefined;
        asked.push(`${provider[0]} ${mode ?? "upfront"}`);
        const quote = {
          requestId: ids.get(JSON.stringify(request.tags)),
          priceUnits: quoted,
          depositUnits: mode === undefined ? quoted : modes[mode],
          mode: mode ?? "upfront",
          increment: { unit: "second", size: 15 },
          ilpAddress,
        } as QuoteAnswer["quote"];
        return {
          provider,
          id: "1".repeat(64),
          quote,
          bytes: new Uint8Array(1),
          reason: null,
          tookMs: 1,
        };
      })),
  };
  const market = {
    build,
    assign: (...args: Parameters<typeof assign>): Promise<BuiltRequest> => {
      const assigned = assign(...args);
      ids.set(JSON.stringify(assigned.request.tags), assigned.eventId);
      return Promise.resolve(assigned);
    },
  };
  const order = {
    type: "echo",
    kind: 5600,
    input: "x",
    ...PLAIN_ORDER,
    bidUnits: 20_000_000n,
    limitBytes: 32_767,
    ...flags,
  } as JobFlags;
  return { asking, market, order, asked };
}

/** The provider, its mode, what it is paid upfront, and the candidates after it. */
async function planned(given: Case): Promise<string> {
  const { asking, market, order } = marketOf(given);
  const { provider, quote, priceUnits, depositUnits = priceUnits, candidates } =
    await chooseRequest(asking, market, order);
  const after = candidates.map((each) => each.provider[0]).join("");
  return `${provider[0]} ${quote?.quote?.mode ?? "announced"} ${depositUnits}${
    after && ` then ${after}`
  }`;
}

const CASES: readonly (readonly [string, Case, string | { code: string; message?: RegExp }])[] = [
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
    { offers: { a: { units: 2_000n, modes: { "on-delivery": 1_999n, metered: 500n } } } },
    "a metered 500",
  ],
  [
    "a deposit of nearly the whole price does not evade the limit",
    { offers: { a: { units: 2_000n, modes: { "on-delivery": 1_999n } } } },
    { code: "strangers", message: /0\.002 M2M before its result/ },
  ],
  [
    "with --payment on-delivery too",
    {
      offers: { a: { units: 2_000n, modes: { "on-delivery": 1_999n } } },
      flags: { payment: "on-delivery" },
    },
    { code: "strangers", message: /0\.001999 M2M before its result/ },
  ],
  [
    "with --payment on-delivery a deposit above the room keeps no other provider from the job",
    {
      offers: {
        a: { units: 1_500n, modes: { "on-delivery": 1_499n } },
        d: { units: 2_000n, modes: { "on-delivery": 500n } },
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
    "a provider that is failing is not paid upfront while another one is there, however cheap it is",
    {
      offers: {
        a: { units: 1n, delivered: 5_000n, distrust: "failing", modes: { "on-delivery": 1n } },
        d: { units: 900n },
      },
    },
    "d upfront 900",
  ],
  [
    "a provider that is failing comes last on delivery",
    {
      offers: {
        a: { units: 400n, distrust: "failing", modes: { "on-delivery": 100n } },
        d: { units: 900n, modes: { "on-delivery": 300n } },
      },
      flags: { payment: "on-delivery" },
    },
    "d on-delivery 300 then a",
  ],
  [
    "a provider that is failing is paid on delivery if nobody else is there",
    {
      offers: {
        a: { units: 400n, delivered: 5_000n, distrust: "failing", modes: { "on-delivery": 100n } },
      },
    },
    "a on-delivery 100",
  ],
  [
    "a provider that is failing is paid while it runs if it sells only so",
    {
      offers: {
        a: { units: 400n, delivered: 5_000n, distrust: "failing", modes: { metered: 9n } },
      },
    },
    "a metered 9",
  ],
  [
    "the history of a provider that is failing covers no deposit",
    {
      offers: {
        a: {
          units: 4_000n,
          delivered: 9_000n,
          distrust: "failing",
          modes: { "on-delivery": 1_001n },
        },
      },
      flags: { payment: "on-delivery" },
    },
    { code: "strangers", message: /0\.001001 M2M before its result/ },
  ],
  [
    "the same history covers it if the provider is trusted",
    {
      offers: { a: { units: 4_000n, delivered: 9_000n, modes: { "on-delivery": 1_001n } } },
      flags: { payment: "on-delivery" },
    },
    "a on-delivery 1001",
  ],
  [
    "a provider that is failing and sells only upfront is not bought from",
    { offers: { a: { units: 400n, delivered: 5_000n, distrust: "failing" } } },
    { code: "distrusted", message: /is not paid upfront, because too many of its last paid jobs/ },
  ],
  [
    "a named provider that is failing is paid on delivery",
    {
      offers: {
        a: { units: 400n, delivered: 5_000n, distrust: "failing", modes: { "on-delivery": 100n } },
      },
      flags: { provider: "a".repeat(64) },
    },
    "a on-delivery 100",
  ],
  [
    "a named provider that is failing is paid upfront if the buyer insists, within the limit for strangers",
    {
      offers: { a: { units: 1_000n, delivered: 5_000n, distrust: "failing" } },
      flags: { provider: "a".repeat(64), payment: "upfront" },
    },
    "a upfront 1000",
  ],
  [
    "and not above it",
    {
      offers: { a: { units: 1_001n, delivered: 5_000n, distrust: "failing" } },
      flags: { provider: "a".repeat(64), payment: "upfront" },
    },
    { code: "strangers" },
  ],
  [
    "a contradicted provider is not chosen",
    { offers: { a: { units: 1n }, d: { units: 900n } }, contradicted: "a" },
    "d upfront 900",
  ],
  [
    "a contradicted provider that is named is paid on delivery, and its history covers nothing",
    {
      offers: { a: { units: 400n, delivered: 5_000n, modes: { "on-delivery": 100n } } },
      contradicted: "a",
      flags: { provider: "a".repeat(64) },
    },
    "a on-delivery 100",
  ],
  [
    "a free job of a provider that is failing is bought as ever",
    { offers: { a: { units: 0n, distrust: "failing" } } },
    "a announced 0",
  ],
  [
    "a bid that is too low is said before the limit",
    { offers: { a: { units: 90_000n } }, flags: { bidUnits: 10_000n } },
    { code: "bid_too_low" },
  ],
];

for (const [name, given, expected] of CASES) {
  Deno.test(`chooseRequest(): ${name}`, async () => {
    if (typeof expected === "string") assert.equal(await planned(given), expected);
    else await assert.rejects(planned(given), expected);
  });
}

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
