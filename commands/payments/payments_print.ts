/**
 * Formats entries of the journal as documents, tables and text.
 *
 * @module
 */
import type { JournalEntry, JournalLine } from "../../store/journal_row.ts";
import { type Asset, formatUnits } from "../../protocols/ilp/asset.ts";
import { networkOfEntry } from "../../shell/home/money_banner.ts";
import { printableLine, type Row } from "../../shell/output.ts";

/** Columns of the CSV export: the fields of a line of `payment_log.jsonl` in the same order, then the entry's network. */
export const ENTRY_COLUMNS = [
  "seq",
  "time",
  "type",
  "job_id",
  "channel_id",
  "event_id",
  "kind",
  "bytes",
  "amount_units",
  "balance_units",
  "outcome",
  "prev",
  "hash",
  "network",
] as const;

/** An entry in an export. Entries from versions that did not record the network have none. */
export type ShownEntry = JournalLine & Partial<Pick<JournalEntry, "data">>;

/** An entry with the fields of its log line, and its network. */
export function entryRow(entry: ShownEntry): Row {
  return {
    seq: entry.seq,
    time: new Date(entry.atMs).toISOString(),
    type: entry.type,
    job_id: entry.jobId,
    channel_id: entry.channelId,
    event_id: entry.eventId,
    kind: entry.kind,
    bytes: entry.bytes,
    amount_units: entry.amountUnits,
    balance_units: entry.balanceUnits,
    outcome: entry.outcome,
    prev: entry.prev,
    hash: entry.hash,
    network: networkOfEntry(entry),
  };
}

/**
 * Column names and minimum widths of the table for people. The widths are fixed, because the table is printed while rows are still read.
 */
const TABLE: readonly (readonly [head: string, width: number])[] = [
  ["TIME", 20],
  ["TYPE", 8],
  ["NETWORK", 12],
  ["AMOUNT", 14],
  ["BALANCE", 14],
  ["BYTES", 7],
  ["KIND", 5],
  ["JOB", 12],
  ["CHANNEL", 12],
  ["OUTCOME", 0],
];

/** The head of the table. */
export function tableHead(): string {
  return cells(TABLE.map(([head]) => head));
}

/** One line of the table. */
export function tableLine(entry: ShownEntry, asset: Asset): string {
  return cells([
    `${new Date(entry.atMs).toISOString().slice(0, 19)}Z`,
    entry.type,
    printableLine(networkOfEntry(entry) ?? "-"),
    units(entry.amountUnits, asset),
    units(entry.balanceUnits, asset),
    entry.bytes === null ? "-" : String(entry.bytes),
    entry.kind === null ? "-" : String(entry.kind),
    printableLine(entry.jobId ?? "-"),
    printableLine(entry.channelId ?? "-"),
    printableLine(entry.outcome),
  ]);
}

function cells(texts: readonly string[]): string {
  return texts.map((text, i) => text.padEnd(TABLE[i][1])).join("  ").trimEnd();
}

function units(amount: bigint | null, asset: Asset): string {
  return amount === null ? "-" : formatUnits(amount, asset);
}
