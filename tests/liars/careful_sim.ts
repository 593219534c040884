/**
 * A buyer and the only provider of its jobs, by seed, under rules against a provider that takes payments for nothing as often as it can
 * without being distrusted. It knows the rule, and before each failure it computes whether it would be noticed.
 */
import { isFailing } from "../../store/failing.ts";
import { LOSS_TIMES, type ProviderHistory, strangerPart } from "../../store/stranger_part.ts";
import { randomOf } from "./parties.ts";
import { CEILING } from "./strangers_sim.ts";

/** What is done beside the product's rule: at least 3 of the last 10 jobs failed, and half of them or of their prices. */
export const CAREFUL_RULES = [
  /** Nothing. */
  "half",
  /** A provider is not trusted either if at least 9 of its last 30 jobs failed. */
  "thirty",
  /** Nor if a running sum of likelihoods says that it fails rather three jobs of ten than one. */
  "cusum",
  /** As the product does it: what a failed job took counts three times against what the provider delivered. */
  "triple",
  /** The same, as often as five times. */
  "fivefold",
  /** Both `cusum` and `triple`. */
  "both",
] as const;
export type CarefulRule = typeof CAREFUL_RULES[number];

/** How a provider behaves. */
export interface Behaviour {
  /** Of a hundred jobs that it could take for nothing unnoticed, so many are taken. */
  readonly takes: number;
  /** Takes only large ones. */
  readonly large?: true;
  /** Of a hundred jobs, so many fail by themselves. */
  readonly fails: number;
  /** Jobs that it delivered before. Default: 200. */
  readonly before?: number;
}

/** The outcome of a market, in units. */
export interface CarefulOutcome {
  /** Taken for nothing, and delivered. */
  readonly lost: bigint;
  readonly delivered: bigint;
  readonly jobs: number;
  /** Jobs that were not paid upfront, and those that could not be paid at all. */
  readonly inParts: number;
  readonly blocked: number;
}

const DAYS = 20;
const JOBS_A_DAY = 60;
const SMALL = 100n;
const LARGE = 900n;
const BEFORE = 200;

interface Past {
  readonly units: bigint;
  readonly failed: boolean;
}

/** The state of a running sum: how much likelier the jobs are of a provider that fails three of ten than of one that fails one of ten. */
const STEP = { failed: Math.log(0.3 / 0.1), well: Math.log(0.7 / 0.9) } as const;
const ALARM = 5;

/** Runs a market. */
export function carefulMarket(seed: number, rule: CarefulRule, how: Behaviour): CarefulOutcome {
  const random = randomOf(seed);
  const { before = BEFORE } = how;
  const past: Past[] = Array.from({ length: before }, () => ({ units: SMALL, failed: false }));
  let sum = 0;
  const after = (failed: boolean) => Math.max(0, sum + (failed ? STEP.failed : STEP.well));
  const times = rule === "triple" || rule === "both" ? LOSS_TIMES : rule === "fivefold" ? 5n : 1n;
  const came = { lost: 0n, delivered: 0n, jobs: 0, inParts: 0, blocked: 0 };
  let delivered = SMALL * BigInt(before);
  for (let day = 0; day < DAYS; day++) {
    let counted = 0n;
    for (let job = 0; job < JOBS_A_DAY; job++) {
      const price = random(3) === 0 ? LARGE : SMALL;
      came.jobs++;
      const isDistrusted = distrusts(rule, past, sum);
      const now: ProviderHistory = {
        deliveredUnits: delivered,
        riskUnits: came.lost,
        lostUnits: came.lost * (times - 1n) / (LOSS_TIMES - 1n),
        ...isDistrusted && { distrust: "failing" },
      };
      const fits = (units: bigint) => {
        const part = strangerPart(now, units);
        return part === 0n || counted + part <= CEILING;
      };
      const deposit = price / 4n;
      const upfront = !isDistrusted && fits(price) ? price : fits(deposit) ? deposit : null;
      if (upfront !== price) came.inParts++;
      if (upfront === null) {
        came.blocked++;
        continue;
      }
      counted += strangerPart(now, upfront);
      const takes = upfront === price && random(100) < how.takes &&
        (how.large !== true || price === LARGE) &&
        !distrusts(rule, [...past.slice(-30), { units: price, failed: true }], after(true));
      const failed = takes || random(100) < how.fails;
      past.push({ units: price, failed });
      sum = after(failed);
      if (failed) came.lost += upfront;
      else {
        delivered += price;
        came.delivered += price;
      }
    }
  }
  return came;
}

function distrusts(rule: CarefulRule, past: readonly Past[], sum: number): boolean {
  const [ten, thirty] = [recordOf(past.slice(-10)), recordOf(past.slice(-30))];
  if (isFailing(ten)) return true;
  if (rule === "thirty") return thirty.failed >= 9;
  return (rule === "cusum" || rule === "both") && sum >= ALARM;
}

function recordOf(last: readonly Past[]) {
  const failed = last.filter((each) => each.failed);
  const sum = (some: readonly Past[]) => some.reduce((total, { units }) => total + units, 0n);
  return {
    jobs: last.length,
    failed: failed.length,
    units: sum(last),
    failedUnits: sum(failed),
  };
}
