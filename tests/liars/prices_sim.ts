/**
 * A buyer that prefers the best history, and five providers that announce the same price, by seed. One of them quotes more than it announced,
 * within the buyer's bid. The others are honest; one of them changes its price now and then, so that a quote meets the announcement before.
 */
import { scoreOf } from "../../market/standing.ts";
import { randomOf } from "./parties.ts";

/** How a quote above the announced price counts in the score. */
export type PriceRule =
  /** Not at all. */
  | "ignored"
  /** As the product does it: the job went well by the share of the price that was announced. */
  | "share"
  /** The job went badly. */
  | "badly";

/** What the liar asks: so many times the announced price, in so many of its jobs. */
export const LIARS = {
  "four times": { times: 4, every: 1 },
  "a fifth more": { times: 1.2, every: 1 },
  "every third job": { times: 4, every: 3 },
} as const;
export type Liar = keyof typeof LIARS;

/** The outcome of a market. */
export interface PricesOutcome {
  readonly jobs: number;
  /** Jobs that the liar got. */
  readonly liars: number;
  /** What was paid above the announced prices, in thousandths of one. */
  readonly above: number;
  /** The score of the honest provider that changes its price, and of one that does not, after as many jobs as it did in the market. */
  readonly changing: number;
  readonly steady: number;
}

const JOBS = 200;
const JOBS_A_DAY = 4;
const HALF_LIFE_DAYS = 30;
/** One job of twenty fails at an honest provider. The liar does its work best: it never fails. */
const FAILS_ONE_OF = 20;
/** One quote of twenty of the changing provider is a tenth above the announcement that its buyer saw. */
const CHANGES_ONE_OF = 20;
const RISE = 1.1;
/** A buyer tries another provider in one job of so many, as where the best one has no place. */
const OTHER_ONE_OF = 5;
const [LIAR, CHANGING] = [0, 1];
const PROVIDERS = 5;

interface Done {
  readonly went: "well" | "badly";
  readonly times: number;
  readonly day: number;
}

/** Runs a market. Between equal scores the liar comes first. */
export function pricesMarket(seed: number, rule: PriceRule, liar: Liar): PricesOutcome {
  const random = randomOf(seed);
  const done: Done[][] = Array.from({ length: PROVIDERS }, () => []);
  const { times, every } = LIARS[liar];
  const scoreAt = (jobs: readonly Done[], day: number) =>
    scoreOf(jobs.map(({ went, times, day: of }) => ({
      went: rule === "badly" && times > 1 ? "badly" as const : went,
      weight: 0.5 ** ((day - of) / HALF_LIFE_DAYS),
      kept: rule === "share" ? 1 / times : 1,
    })));
  let [liars, above] = [0, 0];
  for (let job = 0; job < JOBS; job++) {
    const day = Math.floor(job / JOBS_A_DAY);
    const scores = done.map((jobs) => scoreAt(jobs, day));
    const best = scores.indexOf(Math.max(...scores));
    const at = random(OTHER_ONE_OF) === 0 ? random(PROVIDERS) : best;
    const isDear = at === LIAR ? done[LIAR].length % every === 0 : false;
    const asked = isDear ? times : at === CHANGING && random(CHANGES_ONE_OF) === 0 ? RISE : 1;
    const fails = at !== LIAR && random(FAILS_ONE_OF) === 0;
    done[at].push({ went: fails ? "badly" : "well", times: asked, day });
    if (at === LIAR) liars++;
    above += Math.round((asked - 1) * 1_000);
  }
  const day = Math.floor((JOBS - 1) / JOBS_A_DAY);
  const own = done[CHANGING];
  return {
    jobs: JOBS,
    liars,
    above,
    changing: scoreAt(own, day),
    steady: scoreAt(own.map((each) => ({ ...each, times: 1 })), day),
  };
}
