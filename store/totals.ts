/**
 * The totals of a store: jobs by status, and the running sums.
 *
 * @module
 */
import { SUMS } from "./named_tables.ts";
import { ANSWER_SUM } from "./answer_changes.ts";
import { JOB_COUNTS } from "./job_count_table.ts";
import type { Database } from "./database.ts";
import type { StoreTotals } from "./store.ts";

/** Reads them now. */
export function totalsOf(db: Database): StoreTotals {
  const sums = new Map(
    db.all("SELECT * FROM sums").map(SUMS.row).map(({ name, value }) => [name, value]),
  );
  const count = (sql: string) => db.get(sql)?.n as number;
  const counts = db.all("SELECT * FROM job_counts WHERE jobs > 0").map(JOB_COUNTS.row);
  const jobs = (fits: (role: string) => boolean): Record<string, number> => {
    const byStatus: Record<string, number> = {};
    for (const { role, status, jobs } of counts) {
      if (fits(role)) byStatus[status] = (byStatus[status] ?? 0) + jobs;
    }
    return byStatus;
  };
  return {
    jobs: jobs(() => true),
    provided: {
      jobs: jobs((role) => role === "provider"),
      spentUnits: sums.get("spent_providing") ?? 0n,
    },
    spentUnits: sums.get("spent") ?? 0n,
    earnedUnits: sums.get("earned") ?? 0n,
    openOutgoing: count("SELECT count(*) AS n FROM outgoing WHERE state = 'open'"),
    heldIncoming: count("SELECT count(*) AS n FROM incoming WHERE state = 'held'"),
    quarantined: Number(sums.get("quarantined") ?? 0n),
    answers: Object.fromEntries(
      [...sums].filter(([name]) => name.startsWith(ANSWER_SUM))
        .map(([name, value]) => [name.slice(ANSWER_SUM.length), Number(value)]),
    ),
  };
}
