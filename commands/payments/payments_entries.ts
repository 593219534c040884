/**
 * Writes entries of the journal to standard output or a file while they are read, so that a million rows need no memory.
 *
 * @module
 */
import type { Asset } from "../../protocols/ilp/asset.ts";
import { type KnownNetworks, networkNamed, networkOfEntry } from "../../shell/home/money_banner.ts";
import { journalLine } from "../../store/journal_row.ts";
import { schemaOf } from "../../shell/documents.ts";
import { csvLine, jsonText } from "../../shell/output.ts";
import {
  ENTRY_COLUMNS,
  entryRow,
  type ShownEntry,
  tableHead,
  tableLine,
  TableMeasure,
  type TableShape,
} from "./payments_print.ts";

/** The format of the entries. `jsonl` equals `payment_log.jsonl` byte for byte. */
export type EntryFormat = "csv" | "json" | "jsonl";

/** The networks of these entries, each once. Contains null if an entry names no network. */
export async function networksOf(
  entries: AsyncIterable<ShownEntry>,
): Promise<ReadonlySet<string | null>> {
  const networks = new Set<string | null>();
  for await (const entry of entries) networks.add(networkOfEntry(entry));
  return networks;
}

/** The networks of these entries, as {@link networksOf}, and the columns of their table. */
export async function tableOf(
  entries: AsyncIterable<ShownEntry>,
  known: KnownNetworks,
  width: number,
): Promise<{ readonly networks: ReadonlySet<string | null>; readonly shape: TableShape }> {
  const measure = new TableMeasure();
  const networks = new Set<string | null>();
  for await (const entry of entries) {
    const network = networkOfEntry(entry);
    networks.add(network);
    measure.add(entry, networkNamed(known, network).asset);
  }
  return { networks, shape: measure.shape(width) };
}

/** A network in JSON documents. One `asset` is 10^asset_scale units. */
function networkRow(known: KnownNetworks, network: string | null) {
  const { name, testnet, asset } = networkNamed(known, network);
  return { network: name, testnet, asset: asset.code, asset_scale: asset.scale };
}

/** How many characters are collected before they are written. */
const CHUNK = 64 * 1024;

/** Writes the entries and returns their number. With a shape, they are a table for people. */
export async function writeEntries(
  entries: AsyncIterable<ShownEntry>,
  format: EntryFormat | TableShape,
  known: KnownNetworks,
  write: (text: string) => Promise<void>,
): Promise<number> {
  const { head, line, tail } = typeof format === "string" ? FORMATS[format] : tableFormat(format);
  const networks = new Set<string | null>();
  let pending = head(known);
  let count = 0;
  for await (const entry of entries) {
    const network = networkOfEntry(entry);
    networks.add(network);
    pending += line(entry, count, networkNamed(known, network).asset);
    count += 1;
    if (pending.length < CHUNK) continue;
    await write(pending);
    pending = "";
  }
  await write(pending + tail(count, known, networks));
  return count;
}

interface Format {
  readonly head: (known: KnownNetworks) => string;
  readonly line: (entry: ShownEntry, index: number, asset: Asset) => string;
  readonly tail: (
    count: number,
    known: KnownNetworks,
    networks: ReadonlySet<string | null>,
  ) => string;
}

const NOTHING = () => "";

function tableFormat(shape: TableShape): Format {
  const { gone } = shape;
  const left = gone.length === 0
    ? ""
    : `(too narrow for ${gone.join(", ")}: --output csv has all)\n`;
  return {
    head: () => `${tableHead(shape)}\n`,
    line: (entry, _index, asset) => `${tableLine(entry, asset, shape)}\n`,
    tail: (count) => count === 0 ? "No payments\n" : left,
  };
}

const FORMATS: Readonly<Record<EntryFormat, Format>> = {
  csv: {
    head: () => csvLine(ENTRY_COLUMNS),
    line(entry) {
      const row = entryRow(entry);
      return csvLine(ENTRY_COLUMNS.map((column) => row[column]));
    },
    tail: NOTHING,
  },
  json: {
    // The chosen network is known at once. The networks of the rows are known after reading.
    head: (known) => {
      const fields = { schema: schemaOf("payments"), ...networkRow(known, null) };
      return `${jsonText(fields).slice(0, -1)},"payments":[`;
    },
    line: (entry, index) => `${index === 0 ? "" : ","}${jsonText(entryRow(entry))}`,
    tail: (_count, known, networks) => {
      const names = new Set([...networks].map((name) => networkNamed(known, name).name));
      return `],"networks":${
        jsonText([...names].sort().map((name) => networkRow(known, name)))
      }}\n`;
    },
  },
  jsonl: { head: NOTHING, line: (entry) => `${journalLine(entry)}\n`, tail: NOTHING },
};
