/**
 * Entries of the journal on their way to standard output or into a file, as they are read: a million rows need no memory.
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
} from "./payments_print.ts";

/** How entries are written. `jsonl` is byte for byte what `payment_log.jsonl` holds. */
export type EntryFormat = "text" | "csv" | "json" | "jsonl";

/** The networks of these entries, each once; null among them where an entry names none. */
export async function networksOf(
  entries: AsyncIterable<ShownEntry>,
): Promise<ReadonlySet<string | null>> {
  const networks = new Set<string | null>();
  for await (const entry of entries) networks.add(networkOfEntry(entry));
  return networks;
}

/** A network as JSON documents have it: one `asset` is 10^asset_scale units. */
function networkRow(known: KnownNetworks, network: string | null) {
  const { name, testnet, asset } = networkNamed(known, network);
  return { network: name, testnet, asset: asset.code, asset_scale: asset.scale };
}

/** Characters that are gathered before they are written. */
const CHUNK = 64 * 1024;

/** Writes them; how many there were. */
export async function writeEntries(
  entries: AsyncIterable<ShownEntry>,
  format: EntryFormat,
  known: KnownNetworks,
  write: (text: string) => Promise<void>,
): Promise<number> {
  const { head, line, tail } = FORMATS[format];
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
    // The chosen network is known at once, those of the rows once they are read.
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
