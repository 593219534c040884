/**
 * Verified jobs (`2of3`) of which a part of the price is paid after the comparison, by seed, under the rules that could decide who gets it.
 * Buyers that do not pay it, and providers that do not do the work, make new keys whenever a rule makes that worth it: keys cost nothing but
 * what a rule asks of them. Money is counted in thousandths of the price.
 */
import { randomOf } from "./parties.ts";

/** Who gets the second part. */
export type Rule =
  /** There is none: the whole price is paid first, as the product does it. */
  | "whole"
  /** The buyer pays it, or sends equal signed answers of K other keys, and then owes nothing. */
  | "evidence"
  /** The same, and the other keys must have been announced for a day. */
  | "old_keys"
  /** A buyer that does not pay it owes it, whatever it shows, and from then on pays this provider the whole price first. */
  | "owes"
  /** The same, and a buyer pays a provider the whole price of the first jobs. */
  | "owes_later"
  /** The result is sealed and states a hash of what is compared; the second part is for its key, and unpaid it is owed. */
  | "marks"
  /** The same, and a buyer pays a provider the whole price of the first jobs. */
  | "marks_later";

/** The result of one simulated market. Amounts are thousandths of a price. */
export interface Came {
  readonly jobs: number;
  /** Second parts that honest providers did not get although their answer was right. */
  readonly unpaid: number;
  /** The most of it that one provider lost to one buyer's key. */
  readonly mostByKey: number;
  /** What the buyer saved by it, less what its keys cost. */
  readonly saved: number;
  /** What liars were paid in all, and how often they lied. */
  readonly liarsGot: number;
  readonly lies: number;
  /** What honest work earned in all, less its cost, and how often it was done. */
  readonly workEarned: number;
  readonly works: number;
}

const PRICE = 1_000;
/** Above the cost of the work. */
export const SECOND_PART = 500;
/** What an honest provider spends on a job. */
export const WORK = 400;
/** Of a new buyer, paid as a whole, where the rule says so. */
export const FIRST_JOBS = 3;
/** A fake provider's announcements of a day. */
const DAY_OF_ANNOUNCING = 2_000;
const JOBS = 60;
const PROVIDERS = 5;
const COUNT = 3;
const NEEDED = 2;

/** Runs a market. One of five providers lies; the buyer pays every second part, or none that the rule lets it keep. */
export function secondParts(seed: number, rule: Rule, buyer: "pays" | "keeps"): Came {
  const random = randomOf(seed);
  const sums = { unpaid: 0, saved: 0, liarsGot: 0, lies: 0, workEarned: 0, works: 0 };
  /** By provider, of the key that the buyer uses with it now. */
  const keys = Array.from({ length: PROVIDERS }, () => ({ whole: 0, owes: false, lost: 0 }));
  let mostByKey = 0;
  let announced = false;
  const later = rule === "owes_later" || rule === "marks_later" ? FIRST_JOBS : 0;
  for (let job = 0; job < JOBS; job++) {
    const chosen = [0, 1, 2, 3, 4].map((at) => ({ at, lot: random(1_000) }))
      .sort((a, b) => a.lot - b.lot).slice(0, COUNT).map(({ at }) => at);
    const liars = chosen.filter((at) => at === 0);
    const agree = COUNT - liars.length >= NEEDED;
    // A buyer needs the content of one right answer, so it buys one key.
    const bought = rule.startsWith("marks") ? chosen.find((at) => at !== 0) : undefined;
    for (const at of chosen) {
      const isLiar = at === 0;
      const key = keys[at];
      // A debt is on the buyer's key. A new one has none.
      if (key.owes && buyer === "keeps") keys[at] = { whole: 0, owes: false, lost: 0 };
      const now = keys[at];
      const isWhole = rule === "whole" || now.owes || now.whole < later;
      if (isWhole) now.whole++;
      let paid = isWhole ? PRICE : PRICE - SECOND_PART;
      if (!isWhole && at === bought) paid = PRICE;
      else if (!isWhole && agree && !isLiar) {
        if (buyer === "pays") paid = PRICE;
        else {
          if (rule === "old_keys" && !announced) {
            announced = true;
            sums.saved -= NEEDED * DAY_OF_ANNOUNCING;
          }
          sums.unpaid += SECOND_PART;
          sums.saved += SECOND_PART;
          now.lost += SECOND_PART;
          mostByKey = Math.max(mostByKey, now.lost);
          now.owes = rule !== "evidence" && rule !== "old_keys";
        }
      }
      if (isLiar) {
        sums.lies++;
        sums.liarsGot += paid;
        // The buyer drops it, and it comes back under a new key that knows no buyer.
        keys[at] = { whole: 0, owes: false, lost: 0 };
      } else {
        sums.works++;
        sums.workEarned += paid - WORK;
      }
    }
  }
  return { jobs: JOBS, mostByKey, ...sums };
}
