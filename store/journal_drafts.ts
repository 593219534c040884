/**
 * The journal drafts of one commit. They are collected while its changes are applied, so that no caller can forget an entry. journal.ts
 * writes them at the end of the commit, when the figures of its channels are known.
 *
 * @module
 */
import type { PacketOutcomeState } from "../protocols/ilp/packet_state.ts";
import type { Columns } from "../base/table/columns.ts";
import type { PacketAbout, PayerChannelRow, ReceiverChannelRow } from "./store.ts";
import type { InvoiceRow } from "./invoice_row.ts";
import { StoreError } from "./store_error.ts";
import type { NotedEntry } from "./journal_row.ts";

/** An entry without its figures, its number and its hash. */
export type JournalDraft =
  | {
    readonly type: "payment";
    readonly channelId: string;
    readonly nonce: number;
    readonly amount: bigint;
    readonly obligation: string;
    readonly about: PacketAbout | null;
    readonly outcome: PacketOutcomeState | "forfeit";
  }
  | {
    readonly type: "earning";
    readonly channelId: string;
    readonly nonce: number;
    readonly amount: bigint;
    readonly obligation: string | null;
    readonly outcome: PacketOutcomeState;
  }
  | { readonly type: "lightning"; readonly row: InvoiceRow; readonly outcome: string }
  | { readonly type: "channel"; readonly row: Columns; readonly before: Columns | null }
  | { readonly type: "job"; readonly row: Columns; readonly outcome: string }
  | { readonly type: "noted"; readonly entry: NotedEntry };

/** The drafts of one commit. */
export interface JournalDrafts {
  readonly entries: JournalDraft[];
  /** Channel figures after the commit, by on-chain id. */
  readonly payers: Map<string, PayerChannelRow>;
  /** See `payers`. */
  readonly receivers: Map<string, ReceiverChannelRow>;
  /** On-chain ids of channels whose rows were written. */
  readonly channels: Set<string>;
}

/** An empty collection. */
export function noDrafts(): JournalDrafts {
  return { entries: [], payers: new Map(), receivers: new Map(), channels: new Set() };
}

/** Columns of a channel whose change makes an entry, with the entry's outcome. For `status` the outcome is the new status. */
export const CHANNEL_WORDS: readonly (readonly [column: string, outcome: string | null])[] = [
  ["status", null],
  ["deposit_units", "deposited"],
  ["claimed_units", "claimed"],
  ["halted", "halted"],
];

/** Records that a channel's row was created, or that its status, deposit, claimed amount or halt changed. */
export function channelChanged(
  drafts: JournalDrafts | null,
  row: Columns,
  before: Columns | null,
): void {
  if (drafts === null) return;
  for (const id of [row.channel_id, before?.channel_id]) {
    if (typeof id === "string") drafts.channels.add(id);
  }
  const told = before === null ||
    CHANNEL_WORDS.some(([column]) => row[column] !== before[column]);
  if (told) drafts.entries.push({ type: "channel", row, before });
}

/** Records that a job was created, or that its status changed. */
export function jobChanged(drafts: JournalDrafts | null, row: Columns, from: string | null): void {
  if (drafts === null || row.status === from) return;
  drafts.entries.push({ type: "job", row, outcome: row.status as string });
}

/**
 * Records that an invoice's payment began or ended. An invoice that was refused, or that expired at a provider, moved no money, so it makes
 * no entry.
 */
export function invoiceMoved(
  drafts: JournalDrafts | null,
  row: InvoiceRow,
  from: InvoiceRow["state"],
): void {
  const { state, role } = row;
  const outcome = role === "buyer" ? state : state === "paid" ? "received" : null;
  if (drafts === null || outcome === null || state === from) return;
  if (state === "due" || state === "refused" || from === "due" && state === "failed") return;
  drafts.entries.push({ type: "lightning", row, outcome });
}

const MAX_DATA_FIELDS = 64;
const MAX_DATA_CHARACTERS = 16_384;

/** Adds an entry that a caller states itself; throws `invalid`. */
export function noteEntry(drafts: JournalDrafts | null, entry: NotedEntry): void {
  if (!["shutdown", "limits", "chain"].includes(entry?.type)) {
    throw new StoreError(
      "invalid",
      "a stated journal entry must be of type shutdown, limits or chain",
    );
  }
  if (typeof entry.outcome !== "string" || !/^[a-z][a-z0-9_-]{0,39}$/.test(entry.outcome)) {
    throw new StoreError("invalid", "outcome must be a word of at most 40 characters");
  }
  const fields = Object.entries(entry.data ?? {});
  const flat = fields.length <= MAX_DATA_FIELDS &&
    fields.every(([, value]) =>
      value === null || ["string", "number", "boolean"].includes(typeof value)
    );
  if (!flat || JSON.stringify(entry.data).length > MAX_DATA_CHARACTERS) {
    throw new StoreError(
      "invalid",
      "data must be flat, of at most 64 fields and 16,384 characters",
    );
  }
  drafts?.entries.push({ type: "noted", entry });
}
