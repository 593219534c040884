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

const HEADS = [
  "TIME",
  "TYPE",
  "NETWORK",
  "AMOUNT",
  "BALANCE",
  "BYTES",
  "KIND",
  "JOB",
  "CHANNEL",
  "OUTCOME",
] as const;

/** The columns that go where the terminal is too narrow, in this order. Before them go those without a value. */
const MAY_GO: readonly string[] = ["NETWORK", "KIND", "BYTES", "BALANCE", "CHANNEL"];

/** The columns of the table for people. They are known before the first row is printed, and the rows are not kept. */
export interface TableShape {
  /** The width of each column; null if it is not shown. */
  readonly widths: readonly (number | null)[];
  /** The columns that do not fit. */
  readonly gone: readonly string[];
}

/** Collects the widths of the table's columns, entry by entry. */
export class TableMeasure {
  readonly #widths = HEADS.map((head): number => head.length);
  readonly #filled = HEADS.map(() => false);

  /** Adds an entry. */
  add(entry: ShownEntry, asset: Asset): void {
    for (const [i, text] of cellsOf(entry, asset).entries()) {
      this.#widths[i] = Math.max(this.#widths[i], text.length);
      this.#filled[i] ||= text !== "-";
    }
  }

  /** The columns that fit into a width. */
  shape(width: number): TableShape {
    const at = (name: string) => HEADS.findIndex((head) => head === name);
    const filled = (name: string) => this.#filled[at(name)];
    const order = [...MAY_GO.filter((name) => !filled(name)), ...MAY_GO.filter(filled)];
    const widths: (number | null)[] = [...this.#widths];
    const total = () => {
      const shown = widths.filter((each) => each !== null);
      return shown.reduce((sum, each) => sum + each + 2, -2);
    };
    const gone: string[] = [];
    while (total() > width && order.length > 0) {
      gone.push(order[0]);
      widths[at(order.shift()!)] = null;
    }
    return { widths, gone };
  }
}

/** The head of the table. */
export function tableHead(shape: TableShape): string {
  return joined(HEADS, shape);
}

/** One line of the table. */
export function tableLine(entry: ShownEntry, asset: Asset, shape: TableShape): string {
  return joined(cellsOf(entry, asset), shape);
}

function cellsOf(entry: ShownEntry, asset: Asset): string[] {
  return [
    `${new Date(entry.atMs).toISOString().slice(0, 19)}Z`,
    entry.type,
    printableLine(networkOfEntry(entry) ?? "-"),
    entry.type === "lightning" ? `${entry.amountUnits} msats` : units(entry.amountUnits, asset),
    units(entry.balanceUnits, asset),
    entry.bytes === null ? "-" : String(entry.bytes),
    entry.kind === null ? "-" : String(entry.kind),
    printableLine(entry.jobId ?? "-"),
    printableLine(entry.channelId ?? "-"),
    printableLine(entry.outcome),
  ];
}

function joined(texts: readonly string[], { widths }: TableShape): string {
  return texts.flatMap((text, i) => widths[i] === null ? [] : [text.padEnd(widths[i])])
    .join("  ").trimEnd();
}

function units(amount: bigint | null, asset: Asset): string {
  return amount === null ? "-" : formatUnits(amount, asset);
}
