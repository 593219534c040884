/**
 * Entries of the journal on their way to standard output or into a file, as they are read: a million rows need no memory.
 *
 * @module
 */
import type { Asset } from "../../protocols/ilp/asset.ts";
import type { Profile } from "../../config/profile.ts";
import { journalLine } from "../../store/journal_row.ts";
import { csvLine, jsonText } from "../shell/output.ts";
import {
  ENTRY_COLUMNS,
  entryRow,
  type ShownEntry,
  tableHead,
  tableLine,
} from "./payments_print.ts";

/** How entries are written. `jsonl` is byte for byte what `payment_log.jsonl` holds. */
export type EntryFormat = "text" | "csv" | "json" | "jsonl";

/** What stands around the rows of a JSON document. */
interface EntryFrame {
  readonly network: string;
  readonly testnet: boolean;
  /** What the units are of: one `asset` is 10^asset_scale units. */
  readonly asset: string;
  readonly asset_scale: number;
}

/** The frame of a network. */
export function frameOf({ name, testnet, asset }: Profile): EntryFrame {
  return { network: name, testnet, asset: asset.code, asset_scale: asset.scale };
}

/** Characters that are gathered before they are written. */
const CHUNK = 64 * 1024;

/** Writes them; how many there were. */
export async function writeEntries(
  entries: AsyncIterable<ShownEntry>,
  format: EntryFormat,
  frame: EntryFrame,
  write: (text: string) => Promise<void>,
): Promise<number> {
  const { head, line, tail } = FORMATS[format];
  const asset = { code: frame.asset, scale: frame.asset_scale };
  let pending = head(frame);
  let count = 0;
  for await (const entry of entries) {
    pending += line(entry, count, asset);
    count += 1;
    if (pending.length < CHUNK) continue;
    await write(pending);
    pending = "";
  }
  await write(pending + tail(count));
  return count;
}

interface Format {
  readonly head: (frame: EntryFrame) => string;
  readonly line: (entry: ShownEntry, index: number, asset: Asset) => string;
  readonly tail: (count: number) => string;
}

const NOTHING = () => "";

const FORMATS: Readonly<Record<EntryFormat, Format>> = {
  text: {
    head: () => `${tableHead()}\n`,
    line: (entry, _index, asset) => `${tableLine(entry, asset)}\n`,
    tail: (count) => count === 0 ? "No payments\n" : "",
  },
  csv: {
    head: () => csvLine(ENTRY_COLUMNS),
    line(entry) {
      const row = entryRow(entry);
      return csvLine(ENTRY_COLUMNS.map((column) => row[column]));
    },
    tail: NOTHING,
  },
  json: {
    head: (frame) => `${jsonText(frame).slice(0, -1)},"payments":[`,
    line: (entry, index) => `${index === 0 ? "" : ","}${jsonText(entryRow(entry))}`,
    tail: () => "]}\n",
  },
  jsonl: { head: NOTHING, line: (entry) => `${journalLine(entry)}\n`, tail: NOTHING },
};
