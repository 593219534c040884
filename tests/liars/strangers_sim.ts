/**
 * A buyer between a provider that it knows and a liar that makes new keys, by seed, under the rules that could limit what strangers are
 * paid before the result is there. The liar always asks less than the others. Keys cost nothing.
 */
import { NO_HISTORY, type ProviderHistory, strangerPart } from "../../store/stranger_part.ts";
import { randomOf } from "./parties.ts";

/** What counts against the ceiling of a day. */
export type Rule =
  /** There is no ceiling. */
  | "none"
  /** What is paid to a provider without a job that went well. One such job is enough. */
  | "one_job"
  /** What is at risk with a provider above what it delivered; the result of a job gives its room back. */
  | "reopens"
  /** The same, but nothing gives room back, and a deposit does not count. */
  | "deposits_free"
  /** What is at risk with a provider above what it delivered, as the product does it. */
  | "covered";

/** How the liar earns. */
export const LIARS = [
  /** Takes the price and is silent, each time under a new key. */
  "fresh",
  /** Answers at once with nonsense that looks like a result, each time under a new key. */
  "nonsense",
  /** Does one job for 1 unit, then takes the price of a large one. */
  "cheap_first",
  /** Delivers until that covers a large job, takes its price, and makes a new key. */
  "patient",
  /** Sells on delivery for a deposit of the whole price but 1 unit, and is silent. */
  "deposits",
] as const;
export type Liar = typeof LIARS[number];

/** The result of one simulated market, in units. */
export interface Came {
  /** What the liar was paid for nothing, in all and at most in a day. */
  readonly lost: bigint;
  readonly mostADay: bigint;
  /** What it was paid for work that it did. */
  readonly delivered: bigint;
  /** Jobs that nobody could be paid for, and jobs that went well. */
  readonly blocked: number;
  readonly good: number;
}

/** What of a market under the product's rule is above its bounds; empty if nothing is. */
export function strangersBreaches({ lost, delivered, blocked }: Came): string[] {
  return [
    ...(lost > CEILING * BigInt(DAYS) + delivered
      ? [`${lost} units were taken for nothing, ${delivered} were delivered`]
      : []),
    ...(blocked > 0 ? [`a known provider was kept from ${blocked} jobs`] : []),
  ];
}

/** The ceiling of a day. */
export const CEILING = 1_000n;
const DAYS = 10;
const JOBS_A_DAY = 60;
const SMALL = 100n;
const LARGE = 900n;

interface Offer {
  readonly price: bigint;
  /** What is paid before the result. */
  readonly upfront: bigint;
  readonly isLiar: boolean;
}

/** Runs a market. */
export function strangersMarket(seed: number, rule: Rule, liar: Liar): Came {
  const random = randomOf(seed);
  let lost = 0n;
  let mostADay = 0n;
  let delivered = 0n;
  let blocked = 0;
  let good = 0;
  /** Of the liar's present key. */
  let key: ProviderHistory = NO_HISTORY;
  const known: ProviderHistory = { deliveredUnits: 100_000n, riskUnits: 0n };
  for (let day = 0; day < DAYS; day++) {
    let counted = 0n;
    let lostToday = 0n;
    for (let job = 0; job < JOBS_A_DAY; job++) {
      const size = random(3) === 0 ? LARGE : SMALL;
      const wants = liar === "cheap_first" && key.deliveredUnits === 0n ? 1n : size * 9n / 10n;
      const offers: Offer[] = [
        { price: size, upfront: size, isLiar: false },
        { price: wants, upfront: liar === "deposits" ? wants - 1n : wants, isLiar: true },
      ];
      const countedOf = ({ upfront, isLiar }: Offer) => {
        const history = isLiar ? key : known;
        if (rule === "none" || rule === "deposits_free" && isLiar && liar === "deposits") return 0n;
        if (rule === "one_job") return history.deliveredUnits > 0n ? 0n : upfront;
        return strangerPart(history, upfront);
      };
      const [taken] = offers.filter((offer) => {
        const part = countedOf(offer);
        return part === 0n || counted + part <= CEILING;
      }).sort((a, b) => a.price < b.price ? -1 : 1);
      if (taken === undefined) {
        blocked++;
        continue;
      }
      const part = countedOf(taken);
      counted += part;
      if (!taken.isLiar) {
        good++;
        continue;
      }
      const works = liar === "cheap_first"
        ? key.deliveredUnits === 0n
        : liar === "patient" && (key.deliveredUnits < LARGE || size === SMALL);
      if (works) {
        good++;
        delivered += taken.price;
        key = { ...key, deliveredUnits: key.deliveredUnits + taken.price };
      } else {
        lostToday += taken.upfront;
        key = NO_HISTORY;
      }
      // Nonsense looks like a result.
      if (rule === "reopens" && (works || liar === "nonsense")) counted -= part;
    }
    lost += lostToday;
    if (lostToday > mostADay) mostADay = lostToday;
  }
  return { lost, mostADay, delivered, blocked, good };
}
