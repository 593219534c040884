/**
 * Sums over the journal.
 *
 * @module
 */
import type { Database } from "./database.ts";
import type { Column, Columns } from "../base/table/columns.ts";
import type { JournalStats } from "./journal_sums.ts";

const PAGE = 10_000;
/** Amounts are text, because they can exceed SQLite's integers. So they are summed here, page by page. */
const COLUMNS =
  "seq, at_ms, type, job_id, kind, bytes, amount_units, outcome, data ->> 'network' AS network, data ->> 'fees_msats' AS fees_msats";

interface Sums {
  payments: number;
  paidUnits: bigint;
  earnings: number;
  earnedUnits: bigint;
  writtenBytes: number;
}

/** Reads every matching entry. */
export function statsOf(db: Database, where: string, values: readonly Column[]): JournalStats {
  const all = none();
  const by = { network: new Map(), kind: new Map(), provider: new Map(), day: new Map() } as Record<
    "network" | "kind" | "provider" | "day",
    Map<string, Sums>
  >;
  const count = { entries: 0, refused: 0, forfeits: 0 };
  let [forfeitUnits, writeUnits] = [0n, 0n];
  const lightning = { payments: 0, paidMsats: 0n, feesMsats: 0n, earnings: 0, earnedMsats: 0n };
  const amounts: bigint[] = [];
  const providers = new Map<string, string>();

  function providerOf(jobId: Column): string {
    if (jobId === null) return "none";
    const known = providers.get(jobId as string);
    if (known !== undefined) return known;
    const row = db.get(
      `SELECT data ->> 'provider' AS provider FROM journal WHERE job_id = ? AND type = 'job'
       AND data ->> 'provider' IS NOT NULL ORDER BY seq DESC LIMIT 1`,
      jobId,
    );
    const provider = (row?.provider ?? "none") as string;
    providers.set(jobId as string, provider);
    return provider;
  }

  function take(row: Columns): void {
    count.entries++;
    const units = BigInt((row.amount_units ?? "0") as string);
    if (row.type === "lightning" && row.outcome === "paid") {
      lightning.payments++;
      lightning.paidMsats += units;
      lightning.feesMsats += BigInt((row.fees_msats ?? "0") as string);
    } else if (row.type === "lightning" && row.outcome === "received") {
      lightning.earnings++;
      lightning.earnedMsats += units;
    }
    if (row.type !== "payment" && row.type !== "earning") return;
    // Created even if nothing was fulfilled, because `count` has counted its entries.
    const ofNetwork = under(by.network, String(row.network ?? "none"));
    if (row.outcome !== "fulfilled") {
      if (row.type === "payment" && row.outcome === "refused") count.refused++;
      if (row.outcome === "forfeit") {
        count.forfeits++;
        forfeitUnits += units;
      }
      return;
    }
    const kind = String(row.kind ?? "none");
    const day = new Date(row.at_ms as number).toISOString().slice(0, 10);
    for (
      const sums of [
        all,
        ofNetwork,
        under(by.kind, kind),
        under(by.provider, providerOf(row.job_id)),
        under(by.day, day),
      ]
    ) {
      if (row.type === "payment") {
        sums.payments++;
        sums.paidUnits += units;
        sums.writtenBytes += row.bytes as number ?? 0;
      } else {
        sums.earnings++;
        sums.earnedUnits += units;
      }
    }
    if (row.type !== "payment") return;
    amounts.push(units);
    if (row.bytes === null) return;
    writeUnits += units;
  }

  const sql = `SELECT ${COLUMNS} FROM journal ${
    where === "" ? "WHERE" : `${where} AND`
  } seq > ? ORDER BY seq LIMIT ${PAGE}`;
  for (let after = -1;;) {
    const rows = db.all(sql, ...values, after);
    for (const row of rows) take(row);
    if (rows.length < PAGE) break;
    after = rows[rows.length - 1].seq as number;
  }
  amounts.sort((a, b) => a < b ? -1 : a > b ? 1 : 0);
  return {
    ...all,
    ...count,
    forfeitUnits,
    writeUnits,
    lightning,
    p50Units: amounts[Math.floor((amounts.length - 1) / 2)] ?? null,
    byNetwork: Object.fromEntries(by.network),
    byKind: Object.fromEntries(by.kind),
    byProvider: Object.fromEntries(by.provider),
    byDay: Object.fromEntries(by.day),
  };
}

function none(): Sums {
  return { payments: 0, paidUnits: 0n, earnings: 0, earnedUnits: 0n, writtenBytes: 0 };
}

function under(groups: Map<string, Sums>, name: string): Sums {
  let sums = groups.get(name);
  if (sums === undefined) groups.set(name, sums = none());
  return sums;
}
