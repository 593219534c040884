/**
 * The journal: what happened to money, channels and jobs, in order, each entry sealed by the hash of the one before. An entry's line
 * is what `payment_log.jsonl` and exports hold, and what its hash is of.
 *
 * @module
 */
import { createHash } from "node:crypto";

/** What an entry is about. */
export type JournalType =
  | "payment"
  | "earning"
  | "channel"
  | "job"
  | "chain"
  | "limits"
  | "shutdown";

/** Every type. */
export const JOURNAL_TYPES: readonly JournalType[] = [
  "payment",
  "earning",
  "channel",
  "job",
  "chain",
  "limits",
  "shutdown",
];

/** `prev` of the first entry. */
export const NO_HASH = "0".repeat(64);

/** What one line says. */
export interface JournalLine {
  /** 1, 2, 3... without gaps. */
  readonly seq: number;
  /** Milliseconds since the epoch; never falls, also where the clock does. */
  readonly atMs: number;
  readonly type: JournalType;
  /** `job-...` */
  readonly jobId: string | null;
  /**
   * `ch_` and 8 or more hex digits of the on-chain id, or of the opening transaction while there is none: as commands show it.
   * The whole id stands in `data.onchain_id`.
   */
  readonly channelId: string | null;
  /** 64 hex digits: the request of a job, or the event that a write carried. */
  readonly eventId: string | null;
  /** Kind of that event. */
  readonly kind: number | null;
  /** Priced bytes of a write. */
  readonly bytes: number | null;
  /** What was paid, earned, deposited or claimed; of a job its price. */
  readonly amountUnits: bigint | null;
  /** Confirmed deposit minus spent minus forfeit afterwards; null where no deposit is known, and for what is earned. */
  readonly balanceUnits: bigint | null;
  /**
   * Payment: `fulfilled`, `refused`, `forfeit`. Earning: `fulfilled`, `refused`. Job: its status, or `removed`. Channel: its status,
   * or `deposited`, `claimed`, `halted`.
   */
  readonly outcome: string;
  /** Hash of the entry before; 64 zeros for the first. */
  readonly prev: string;
  /** SHA-256 of this line without this field, in hex. */
  readonly hash: string;
}

/** A line with what a commit's message and the files of the audit need beyond it. */
export interface JournalEntry extends JournalLine {
  /** Flat; amounts are decimal text. Not under the hash. */
  readonly data: JournalData;
}

/** See {@link JournalEntry}. */
export type JournalData = Readonly<Record<string, string | number | boolean | null>>;

/** A signed place in the chain: whoever holds the key says that up to `seq` it was so. */
export interface CheckpointRow {
  /** The entry that is vouched for, and its hash. */
  readonly seq: number;
  /** See `seq`. */
  readonly hash: string;
  /** The commit that holds that entry; null where there is no repository. */
  readonly commit: string | null;
  /** BIP-340, 128 hex digits. */
  readonly signature: string;
  /** x-only, 64 hex digits. */
  readonly pubkey: string;
  readonly atMs: number;
}

/** The line of an entry, without a newline. */
export function journalLine(entry: JournalLine): string {
  return `${sealed(entry)},"hash":"${entry.hash}"}`;
}

/** The hash that an entry must have. */
export function entryHash(entry: Omit<JournalLine, "hash">): string {
  return createHash("sha256").update(`${sealed(entry)}}`).digest("hex");
}

/** The line up to its last field, still open. */
function sealed(entry: Omit<JournalLine, "hash">): string {
  return `{"seq":${entry.seq},"time":"${
    new Date(entry.atMs).toISOString()
  }","type":"${entry.type}"` +
    `,"job_id":${quoted(entry.jobId)},"channel_id":${quoted(entry.channelId)}` +
    `,"event_id":${quoted(entry.eventId)},"kind":${entry.kind},"bytes":${entry.bytes}` +
    `,"amount_units":${decimal(entry.amountUnits)},"balance_units":${decimal(entry.balanceUnits)}` +
    `,"outcome":${quoted(entry.outcome)},"prev":"${entry.prev}"`;
}

function quoted(value: string | null): string {
  return value === null ? "null" : JSON.stringify(value);
}

function decimal(value: bigint | null): string {
  return value === null ? "null" : `"${value}"`;
}

/** A line that is none. */
export class JournalLineError extends Error {
  /** Always `JournalLineError`. */
  override readonly name = "JournalLineError";
}

/**
 * Reads a line as {@link journalLine} writes it, byte for byte: no other order, spacing, escape or number form. Does not recompute
 * the hash: that is {@link entryHash}'s to compare.
 *
 * @throws JournalLineError with what is wrong
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { entryHash, journalLine, NO_HASH, parseJournalLine } from "./journal_row.ts";
 *
 * const line = {
 *   seq: 1, atMs: 0, type: "shutdown", jobId: null, channelId: null, eventId: null, kind: null, bytes: null,
 *   amountUnits: null, balanceUnits: null, outcome: "clean", prev: NO_HASH,
 * } as const;
 * const entry = { ...line, hash: entryHash(line) };
 * assert.deepEqual(parseJournalLine(journalLine(entry)), entry);
 * ```
 */
export function parseJournalLine(text: string): JournalLine {
  const fields = fieldsOf(text);
  const read = <Value>(name: string, get: (value: unknown) => Value | undefined): Value => {
    const value = get(fields[name]);
    if (value === undefined) {
      throw new JournalLineError(
        name in fields ? `${name} is malformed` : `there is no ${name}`,
      );
    }
    return value;
  };
  const line: JournalLine = {
    seq: read("seq", whole),
    atMs: read("time", time),
    type: read("type", (value) => JOURNAL_TYPES.find((type) => type === value)),
    jobId: read("job_id", orNull(words)),
    channelId: read("channel_id", orNull(words)),
    eventId: read("event_id", orNull(hex64)),
    kind: read("kind", orNull(whole)),
    bytes: read("bytes", orNull(whole)),
    amountUnits: read("amount_units", orNull(units)),
    balanceUnits: read("balance_units", orNull(units)),
    outcome: read("outcome", words),
    prev: read("prev", hex64),
    hash: read("hash", hex64),
  };
  if (journalLine(line) !== text) {
    throw new JournalLineError("it says the same in other bytes than it was written with");
  }
  return line;
}

/** Longest line that is one; ours are under 600 characters. */
const MAX_LINE = 4_096;

function fieldsOf(text: string): Record<string, unknown> {
  if (text.length > MAX_LINE) throw new JournalLineError(`it has ${text.length} characters`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new JournalLineError("it is not JSON (cut off, or not written by this program)");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new JournalLineError("it is not a JSON object");
  }
  return value as Record<string, unknown>;
}

function orNull<Value>(get: (value: unknown) => Value | undefined) {
  return (value: unknown): Value | null | undefined => value === null ? null : get(value);
}

function whole(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? value as number : undefined;
}

function words(value: unknown): string | undefined {
  return typeof value === "string" && value.length <= 200 ? value : undefined;
}

function hex64(value: unknown): string | undefined {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value) ? value : undefined;
}

function units(value: unknown): bigint | undefined {
  return typeof value === "string" && /^-?\d{1,78}$/.test(value) ? BigInt(value) : undefined;
}

function time(value: unknown): number | undefined {
  const at = typeof value === "string" ? Date.parse(value) : NaN;
  return Number.isNaN(at) ? undefined : at;
}

/** An entry of which no row tells. */
export interface NotedEntry {
  readonly type: Extract<JournalType, "shutdown" | "limits" | "chain">;
  readonly outcome: string;
  readonly data: JournalData;
}
