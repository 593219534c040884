/** The bounds that every market with liars must keep, and the table of many such markets. */
import type { MarketOutcome } from "./market_outcome.ts";

/** The bounds that an outcome breaks; empty if there are none. */
export function breaches(outcome: MarketOutcome): string[] {
  const { wrongAccepted, blamedHonest, mostPerJobUnits, priceUnits, mostPaidUnits, bidUnits } =
    outcome;
  return [
    ...(wrongAccepted > 0 ? [`${wrongAccepted} wrong results were accepted`] : []),
    ...(blamedHonest > 0 ? [`evidence blames ${blamedHonest} honest providers`] : []),
    ...(mostPerJobUnits > priceUnits
      ? [`a liar was paid ${mostPerJobUnits} units for one job, the price is ${priceUnits}`]
      : []),
    ...(mostPaidUnits > bidUnits
      ? [`${mostPaidUnits} units were paid, the bid is ${bidUnits}`]
      : []),
  ];
}

/** A line for each kind of liar, and one for all. */
export function tableOf(outcomes: readonly MarketOutcome[]): string {
  const groups = Map.groupBy(
    outcomes,
    ({ liars, rule }) => `${[...new Set(liars)].sort().join(" + ")} (${rule})`,
  );
  const sum = (some: readonly MarketOutcome[], of: (each: MarketOutcome) => number | bigint) =>
    some.reduce((total, each) => total + BigInt(of(each)), 0n);
  const line = (name: string, some: readonly MarketOutcome[]) =>
    [
      name,
      some.length,
      sum(some, ({ jobs }) => jobs),
      sum(some, ({ accepted }) => accepted),
      sum(some, ({ wrongAccepted }) => wrongAccepted),
      sum(some, ({ withoutResult }) => withoutResult),
      sum(some, ({ unchecked }) => unchecked),
      sum(some, ({ thirds }) => thirds),
      sum(some, ({ refused }) => refused),
      sum(some, ({ shownLies }) => shownLies),
      some.reduce((most, { mostPerJobUnits: units }) => units > most ? units : most, 0n),
      sum(some, ({ liarsUnits }) => liarsUnits),
    ].map(String);
  const rows = [
    [
      "LIARS",
      "MARKETS",
      "JOBS",
      "RIGHT",
      "WRONG",
      "NONE",
      "ONE",
      "THIRDS",
      "REFUSED",
      "SHOWN",
      "MOST/JOB",
      "EARNED",
    ],
    ...[...groups].sort(([a], [b]) => a < b ? -1 : 1).map(([name, some]) => line(name, some)),
    line("all", outcomes),
  ];
  const widths = rows[0].map((_, at) => Math.max(...rows.map((row) => row[at].length)));
  return rows.map((row) => row.map((cell, at) => cell.padEnd(widths[at])).join("  ").trimEnd())
    .join("\n");
}
