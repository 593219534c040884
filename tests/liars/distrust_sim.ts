/**
 * A buyer and the only provider of its jobs, by seed, under the rules that could say when the provider is not trusted any more. A trusted
 * provider is paid upfront what its history covers; one that is not gets only deposits, within the ceiling for strangers.
 */
import { FAILING, isFailing } from "../../store/failing.ts";
import { type ProviderHistory, strangerPart } from "../../store/stranger_part.ts";
import { randomOf } from "./parties.ts";
import { CEILING } from "./strangers_sim.ts";

/** When the provider is not trusted. */
export const RULES = [
  /** Never. */
  "none",
  /** The score of all its jobs is below one half. */
  "score",
  /** One of its last ten jobs failed. */
  "one",
  /** Of its last ten jobs at least three failed, and at least half of them. */
  "count",
  /** As the product does it: at least three failed, and they are half of the jobs or of their prices. */
  "either",
] as const;
export type DistrustRule = typeof RULES[number];

/** How the provider behaves. All have delivered 200 jobs before. */
export const PROVIDERS = [
  /** Takes every payment and gives nothing. */
  "turned",
  /** Takes the payments of large jobs, and delivers small ones. */
  "large",
  /** Takes as many payments as it can without being distrusted by the product's rule. */
  "careful",
  /** Is honest, and one job of twenty, or of ten, fails. */
  "honest 5",
  "honest 10",
] as const;
export type Provider = typeof PROVIDERS[number];

/** The outcome of a market, in units. */
export interface DistrustOutcome {
  /** What was taken for nothing, in all and at most in a day. */
  readonly lost: bigint;
  readonly mostADay: bigint;
  /** What the provider delivered in the market and before. */
  readonly delivered: bigint;
  /** Jobs of the market, those before which the provider was not trusted, and those for which it could not be paid at all. */
  readonly jobs: number;
  readonly distrusted: number;
  readonly blocked: number;
}

const DAYS = 10;
const JOBS_A_DAY = 60;
const SMALL = 100n;
const LARGE = 900n;
const BEFORE = 200;

interface Past {
  readonly units: bigint;
  readonly failed: boolean;
}

/** Runs a market. */
export function distrustMarket(
  seed: number,
  rule: DistrustRule,
  provider: Provider,
): DistrustOutcome {
  const random = randomOf(seed);
  const past: Past[] = Array.from({ length: BEFORE }, () => ({ units: SMALL, failed: false }));
  const history = { deliveredUnits: BigInt(BEFORE) * SMALL, riskUnits: 0n };
  const came = { lost: 0n, mostADay: 0n, jobs: 0, distrusted: 0, blocked: 0 };
  for (let day = 0; day < DAYS; day++) {
    let [counted, lostToday] = [0n, 0n];
    for (let job = 0; job < JOBS_A_DAY; job++) {
      const price = random(3) === 0 ? LARGE : SMALL;
      came.jobs++;
      const isDistrusted = distrusts(rule, past);
      if (isDistrusted) came.distrusted++;
      const now: ProviderHistory = { ...history, ...isDistrusted && { distrust: "failing" } };
      const fits = (units: bigint) => {
        const part = strangerPart(now, units);
        return part === 0n || counted + part <= CEILING;
      };
      const deposit = price / 4n;
      const upfront = !isDistrusted && fits(price) ? price : fits(deposit) ? deposit : null;
      if (upfront === null) {
        came.blocked++;
        continue;
      }
      counted += strangerPart(now, upfront);
      const failed = fails(provider, past, price, random);
      past.push({ units: price, failed });
      if (failed) {
        history.riskUnits += upfront;
        lostToday += upfront;
      } else history.deliveredUnits += price;
    }
    came.lost += lostToday;
    if (lostToday > came.mostADay) came.mostADay = lostToday;
  }
  return { ...came, delivered: history.deliveredUnits };
}

function fails(
  provider: Provider,
  past: readonly Past[],
  price: bigint,
  random: (below: number) => number,
): boolean {
  switch (provider) {
    case "turned":
      return true;
    case "large":
      return price === LARGE;
    case "careful":
      return !isFailing(recordOf([...past, { units: price, failed: true }]));
    case "honest 5":
      return random(20) === 0;
    case "honest 10":
      return random(10) === 0;
  }
}

function distrusts(rule: DistrustRule, past: readonly Past[]): boolean {
  const record = recordOf(past);
  switch (rule) {
    case "none":
      return false;
    case "score": {
      const good = past.filter(({ failed }) => !failed).length;
      return (good + 1) * 2 < past.length + 2;
    }
    case "one":
      return record.failed > 0;
    case "count":
      return record.failed >= FAILING.failures && record.failed * 2 >= record.jobs;
    case "either":
      return isFailing(record);
  }
}

function recordOf(past: readonly Past[]) {
  const last = past.slice(-FAILING.lastJobs);
  const failed = last.filter((each) => each.failed);
  const sum = (some: readonly Past[]) => some.reduce((total, { units }) => total + units, 0n);
  return {
    jobs: last.length,
    failed: failed.length,
    units: sum(last),
    failedUnits: sum(failed),
  };
}

/** What of a market under the product's rule is above its bounds; empty if nothing is. */
export function distrustBreaches(
  provider: Provider,
  { lost, mostADay, delivered, jobs, distrusted, blocked }: DistrustOutcome,
): string[] {
  const honest = provider.startsWith("honest");
  return [
    ...(lost > delivered + CEILING * BigInt(DAYS)
      ? [`${lost} units were taken for nothing, ${delivered} were delivered`]
      : []),
    // Until it is noticed, it takes at most the jobs that the rule looks at.
    ...(provider === "turned" && mostADay > LARGE * BigInt(FAILING.lastJobs) / 2n + CEILING
      ? [`${mostADay} units were taken in a day by a provider that gives nothing`]
      : []),
    ...(honest && distrusted * 5 > jobs
      ? [`an honest provider was distrusted before ${distrusted} of ${jobs} jobs`]
      : []),
    ...(honest && blocked * 10 > jobs
      ? [`an honest provider was kept from ${blocked} of ${jobs} jobs`]
      : []),
  ];
}
