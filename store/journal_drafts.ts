/**
 * What one commit has to journal, collected while its changes are applied, so that no caller can forget an entry. It is written
 * at the commit's end (journal.ts), when the figures of its channels are known.
 *
 * @module
 */
import type { PacketOutcomeState } from "../protocols/ilp/packet_state.ts";
import type { Columns } from "./columns.ts";
import type { PacketAbout, PayerChannelRow, ReceiverChannelRow } from "./store.ts";
import { StoreError } from "./store_error.ts";
import type { NotedEntry } from "./journal_row.ts";

/** An entry before its figures, its place and its hash. */
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
  | { readonly type: "channel"; readonly row: Columns; readonly before: Columns | null }
  | { readonly type: "job"; readonly row: Columns; readonly outcome: string }
  | { readonly type: "noted"; readonly entry: NotedEntry };

/** What one commit collects. */
export interface JournalDrafts {
  readonly entries: JournalDraft[];
  /** Figures that the commit leaves behind, by on-chain id. */
  readonly payers: Map<string, PayerChannelRow>;
  /** See `payers`. */
  readonly receivers: Map<string, ReceiverChannelRow>;
  /** On-chain ids whose rows were written. */
  readonly channels: Set<string>;
}

/** Nothing yet. */
export function noDrafts(): JournalDrafts {
  return { entries: [], payers: new Map(), receivers: new Map(), channels: new Set() };
}

/** Columns of a channel whose change is an entry, with its outcome; the status is its own. */
export const CHANNEL_WORDS: readonly (readonly [column: string, outcome: string | null])[] = [
  ["status", null],
  ["deposit_units", "deposited"],
  ["claimed_units", "claimed"],
  ["halted", "halted"],
];

/** A channel's row came to be or changed: its status, its deposit, what was claimed, or that it was halted. */
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

/** A job came to be, or its status is another one. */
export function jobChanged(drafts: JournalDrafts | null, row: Columns, from: string | null): void {
  if (drafts === null || row.status === from) return;
  drafts.entries.push({ type: "job", row, outcome: row.status as string });
}

const MAX_DATA_FIELDS = 64;
const MAX_DATA_CHARACTERS = 16_384;

/** Takes an entry in that a caller states; throws `invalid`. */
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
