/** The bounds that every market of all payment modes must keep, and the table of many such markets. */
import type { JobLoss } from "./paying_losses.ts";
import type { PayingOutcome } from "./paying_market.ts";
import { MODES } from "./paying_parties.ts";

/** The bounds that an outcome breaks; empty if there are none. */
export function payingBreaches({ wrong, losses }: PayingOutcome): string[] {
  return [
    ...(wrong > 0 ? [`${wrong} wrong results were accepted`] : []),
    ...losses.flatMap((each) => {
      const { mode, lie, vanished } = each;
      const who = lie === null ? "an honest provider" : `a provider that lies (${lie})`;
      const found: string[] = [];
      if (each.buyerUnits > each.buyerMostUnits) {
        found.push(
          `${mode}: the buyer lost ${each.buyerUnits} units to ${who}, at most ${each.buyerMostUnits}`,
        );
      }
      if (each.providerUnits > each.providerMostUnits) {
        found.push(
          `${mode}: ${who} lost ${each.providerUnits} units, at most ${each.providerMostUnits}`,
        );
      }
      if (lie === null && !vanished && !each.delivered) {
        found.push(`${mode}: the result of ${who} did not come to its buyer`);
      }
      return found;
    }),
  ];
}

/** For each mode: the jobs, and what each side lost at most in one of them, beside the bound of that job. */
export function payingTable(outcomes: readonly PayingOutcome[]): string {
  const all = outcomes.flatMap(({ losses }) => losses);
  const most = (some: readonly JobLoss[], of: (each: JobLoss) => readonly [bigint, bigint]) => {
    const [units, bound] = some.map(of).reduce(
      (top, each) => each[0] > top[0] ? each : top,
      [0n, 0n] as readonly [bigint, bigint],
    );
    return units === 0n ? "0" : `${units} of ${bound}`;
  };
  const rows = [
    ["MODE", "JOBS", "LIARS", "VANISHED", "BUYER LOST", "PROVIDER LOST", "LIARS EARNED"],
    ...MODES.map((mode) => {
      const some = all.filter((each) => each.mode === mode);
      const lies = some.filter(({ lie }) => lie !== null);
      return [
        mode,
        some.length,
        lies.length,
        some.filter(({ vanished }) => vanished).length,
        most(some, ({ buyerUnits, buyerMostUnits }) => [buyerUnits, buyerMostUnits]),
        most(some, ({ providerUnits, providerMostUnits }) => [providerUnits, providerMostUnits]),
        lies.reduce((sum, { paidUnits }) => sum + paidUnits, 0n),
      ].map(String);
    }),
  ];
  const widths = rows[0].map((_, at) => Math.max(...rows.map((row) => row[at].length)));
  return rows.map((row) => row.map((cell, at) => cell.padEnd(widths[at])).join("  ").trimEnd())
    .join("\n");
}
