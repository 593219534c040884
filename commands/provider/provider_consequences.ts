/**
 * What a provider's standing changes when this home buys: its place in the order, what it may hold before a result, and how it is paid.
 *
 * @module
 */
import { larger } from "../../base/amount.ts";
import { WHY_DISTRUSTED, withEvidence } from "../../market/distrusted.ts";
import { type Asset, formatUnits } from "../../protocols/ilp/asset.ts";
import type { Budgets } from "../../store/budget_row.ts";
import { FAILING, type ProviderRecord } from "../../store/failing.ts";
import { coveredUnits, type Distrust, NO_HISTORY } from "../../store/stranger_part.ts";

/** What the store knows. */
interface OwnRecord extends Pick<Budgets, "histories" | "strangersUnits"> {
  readonly record: ProviderRecord;
}

/** Amounts are in base units. */
interface Consequences {
  /** The last paid jobs, and when they make a provider fail. */
  readonly record: {
    readonly jobs: number;
    readonly failed: number;
    readonly units: bigint;
    readonly failed_units: bigint;
    readonly last_jobs: number;
    readonly days: number;
    readonly failures: number;
  };
  /** Why it is not trusted; null if it is. */
  readonly distrust: Distrust | null;
  readonly consequences: {
    /** Where it comes: as the buyer prefers, last, or only if it is named. */
    readonly order: "preference" | "last" | "named";
    /** Whether it is paid upfront. */
    readonly upfront: boolean;
    readonly delivered_units: bigint;
    readonly at_risk_units: bigint;
    /** What of it was for jobs that failed; it counts three times. */
    readonly lost_units: bigint;
    /** What it may be paid before a result without counting as a stranger. */
    readonly covered_units: bigint;
    /** What counted as paid to all strangers today. */
    readonly strangers_today_units: bigint;
  };
}

/** Of a provider that was never paid. */
export const NO_RECORD: OwnRecord = {
  histories: {},
  strangersUnits: 0n,
  record: { jobs: 0, failed: 0, units: 0n, failedUnits: 0n },
};

/** The members of the document `provider-trust` that say it. */
export function consequencesOf(
  provider: string,
  { histories, strangersUnits, record }: OwnRecord,
  dissents: readonly { readonly provider: string }[],
): Consequences {
  const contradicted = dissents.map((each) => each.provider);
  const history = withEvidence(histories, contradicted)[provider] ?? NO_HISTORY;
  const { deliveredUnits, riskUnits, lostUnits = 0n, distrust = null } = history;
  return {
    record: {
      jobs: record.jobs,
      failed: record.failed,
      units: record.units,
      failed_units: record.failedUnits,
      last_jobs: FAILING.lastJobs,
      days: FAILING.days,
      failures: FAILING.failures,
    },
    distrust,
    consequences: {
      order: distrust === null ? "preference" : distrust === "failing" ? "last" : "named",
      upfront: distrust === null,
      delivered_units: deliveredUnits,
      at_risk_units: riskUnits,
      lost_units: lostUnits,
      covered_units: larger(coveredUnits(history) - riskUnits, 0n),
      strangers_today_units: strangersUnits,
    },
  };
}

/** The same for people. */
export function consequenceLines(
  { record, distrust, consequences: { order, upfront, covered_units: covered } }: Consequences,
  asset: Asset,
): string[] {
  return [
    `  record    ${record.failed} of its last ${record.jobs} paid jobs had no result, ${
      formatUnits(record.failed_units, asset)
    } of ${formatUnits(record.units, asset)}`,
    `  trust     ${distrust === null ? "trusted" : `not trusted: ${WHY_DISTRUSTED[distrust]}`}`,
    `  order     ${ORDERS[order]}`,
    `  ceiling   ${formatUnits(covered, asset)} before a result; above that it is a stranger`,
    `  payment   ${upfront ? "any mode" : "on delivery or metered, not upfront"}`,
  ];
}

const ORDERS: Readonly<Record<Consequences["consequences"]["order"], string>> = {
  preference: "as the buyer prefers",
  last: "last",
  named: "only if --provider names it",
};
