/**
 * The files that show a home's state in its repository: `channels/<channel>.toml` and `jobs/<2 hex>/<job>.toml`. Each is made from one
 * journal entry alone, so the history is the same however often it is made. Without effects.
 *
 * @module
 */
import { type Asset, decimalUnits } from "../../protocols/ilp/asset.ts";
import type { JournalData, JournalEntry } from "../../store/journal_row.ts";

/** A file after a commit. */
interface StateFile {
  /** Path from the top of the repository. */
  readonly path: string;
  /** Null if the commit removes it. */
  readonly content: string | null;
}

/** Names in files and messages that are not in the journal. */
export interface AuditNames {
  /** The profile's chain, e.g. `evm:base:84532`. */
  readonly chain: string | null;
  /** The main connector's. */
  readonly connectorBtp: string | null;
  /** The addresses of further connectors by their settlement address, in lower case. Default: none. */
  readonly moreConnectors?: Readonly<Record<string, string>>;
  /** The asset in which amounts are shown. */
  readonly asset: Asset;
  readonly relayUrl: string | null;
}

/** The connector's address of a channel with this settlement address. */
export function connectorOf(
  settlementAddress: unknown,
  { connectorBtp, moreConnectors = {} }: AuditNames,
): string | null {
  const address = String(settlementAddress).toLowerCase();
  return Object.hasOwn(moreConnectors, address) ? moreConnectors[address] : connectorBtp;
}

/** Data of the entry that does not belong to its channel. */
const OF_THE_ENTRY: ReadonlySet<string> = new Set([
  "status",
  "obligation",
  "packet_nonce",
  "status_before",
  "deposit_before_units",
  "tx_hash",
]);

/** The first keys of a job's file, in this order; its other data follows. */
const JOB_KEYS = [
  "job_id",
  "event_id",
  "kind",
  "callback_skill",
  "status",
  "provider",
  "created_at",
  "timeout_s",
  "chain",
  "amount_units",
  "network",
  "type",
  "role",
  "buyer",
];

/** The first keys of a channel's file, after those that have another form there. */
const CHANNEL_KEYS = [
  "onchain_id",
  "ref",
  "genesis_hash",
  "contract",
  "opened_block_hash",
  "own_address",
  "peer",
  "automatic",
  "settlement_timeout_s",
  "created_at",
  "settle_at",
  "claimed_at",
  "halted",
  "wanted_units",
  "deposit_units",
  "claimed_units",
  "network",
  "signed_units",
  "spent_units",
  "forfeit_units",
  "nonce",
  "credited_units",
  "watermark",
  "earned_units",
];

/** The files that an entry changes. */
export function stateFilesOf(entry: JournalEntry, names: AuditNames): readonly StateFile[] {
  switch (entry.type) {
    case "payment":
    case "earning":
      return channelFile(entry, names);
    case "channel":
      return [...openingFile(entry), ...channelFile(entry, names)];
    case "job":
      return jobFile(entry);
    default:
      return [];
  }
}

/** The name of a chain in files and messages. */
export function chainText(chainId: unknown, names: AuditNames): string | null {
  if (typeof chainId !== "number") return null;
  return names.chain?.endsWith(`:${chainId}`) ? names.chain : `evm:${chainId}`;
}

/** While a channel opens, its file is named after the transaction. That file is removed when the channel has its own. */
function openingFile({ channelId, data }: JournalEntry): StateFile[] {
  const digits = /^0x([0-9a-f]{8})/.exec(String(data.ref))?.[1];
  if (digits === undefined || data.onchain_id == null || channelId === `ch_${digits}`) return [];
  return [{ path: `channels/ch_${digits}.toml`, content: null }];
}

function channelFile(entry: JournalEntry, names: AuditNames): StateFile[] {
  const { channelId, balanceUnits, data } = entry;
  if (channelId === null || !/^ch_[0-9a-f]{8,64}$/.test(channelId)) return [];
  const { opened_at, peer_address, chain_id, ...others } = data;
  const rest = inOrder(CHANNEL_KEYS, others).filter((key) => !OF_THE_ENTRY.has(key));
  const content = toml([
    ["channel_id", channelId],
    ["status", data.status ?? null],
    ["balance_m2m", balanceUnits === null ? null : decimalUnits(balanceUnits, names.asset)],
    ["settlement_chain", chainText(chain_id, names)],
    ["settlement_address", peer_address ?? null],
    ["opened_at", opened_at ?? null],
    ["connector_btp", connectorOf(peer_address, names)],
    ["relay_url", names.relayUrl],
    ["chain_id", chain_id ?? null],
    ...rest.map((key) => [key, data[key] ?? null] as const),
  ]);
  return [{ path: `channels/${channelId}.toml`, content }];
}

function jobFile({ jobId, outcome, data }: JournalEntry): StateFile[] {
  const digits = /^job-([0-9a-f]{2})[0-9a-f]{5,62}$/.exec(jobId ?? "")?.[1];
  if (digits === undefined) return [];
  const path = `jobs/${digits}/${jobId}.toml`;
  if (outcome === "removed") return [{ path, content: null }];
  const content = toml(inOrder(JOB_KEYS, data).map((key) => [key, data[key] ?? null]));
  return [{ path, content }];
}

/** All keys of an entry's data, with these keys first. */
function inOrder(first: readonly string[], data: JournalData): readonly string[] {
  return [...first, ...Object.keys(data).filter((key) => !first.includes(key))];
}

type Value = string | number | boolean | null;

/** One line for each value that is not null. The keys are our own. */
function toml(lines: readonly (readonly [key: string, value: Value])[]): string {
  let text = "";
  for (const [key, value] of lines) {
    if (value === null || !/^[a-z0-9_]+$/.test(key)) continue;
    text += `${key} = ${typeof value === "string" ? tomlString(value) : value}\n`;
  }
  return text;
}

/** A JSON string is a TOML string, except that TOML escapes DEL and has no lone surrogates. */
function tomlString(value: string): string {
  return JSON.stringify(value.toWellFormed()).replaceAll("\x7f", "\\u007F");
}
