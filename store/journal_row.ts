/**
 * The journal: all changes of money, channels and jobs in order. Each entry contains the hash of the entry before. `payment_log.jsonl` and
 * exports contain the line of each entry, and the entry's hash is the hash of its line.
 *
 * @module
 */
import { sha256Hex } from "../protocols/sha256.ts";

/** The subject of an entry. */
export type JournalType =
  | "payment"
  | "earning"
  | "lightning"
  | "channel"
  | "job"
  | "chain"
  | "limits"
  | "shutdown";

/** Every type. */
export const JOURNAL_TYPES: readonly JournalType[] = [
  "payment",
  "earning",
  "lightning",
  "channel",
  "job",
  "chain",
  "limits",
  "shutdown",
];

/** `prev` of the first entry. */
export const NO_HASH = "0".repeat(64);

/** The fields of one line. */
export interface JournalLine {
  /** 1, 2, 3... without gaps. */
  readonly seq: number;
  /** Milliseconds since the epoch. Never falls, even if the clock does. */
  readonly atMs: number;
  readonly type: JournalType;
  /** `job-...` */
  readonly jobId: string | null;
  /**
   * `ch_` and 8 or more hex digits of the on-chain id, as commands show it. Until the channel has an on-chain id, the digits are those of
   * its opening transaction. `data.onchain_id` has the whole id.
   */
  readonly channelId: string | null;
  /** 64 hex digits: the job's request, or the event of a write. */
  readonly eventId: string | null;
  /** Kind of that event. */
  readonly kind: number | null;
  /** Bytes of a write that are paid. */
  readonly bytes: number | null;
  /** The amount that was paid, earned, deposited or claimed; for a job, its price. For `lightning` in millisatoshis, without fees. */
  readonly amountUnits: bigint | null;
  /** Confirmed deposit minus spent minus forfeit afterwards. Null if no deposit is known, and for earnings. */
  readonly balanceUnits: bigint | null;
  /**
   * For a payment: `fulfilled`, `refused`, `forfeit`. For an earning: `fulfilled`, `refused`. For Lightning: `sent`, `paid`, `failed`,
   * `unknown`, or `received` at a provider. For a job: its status, or `removed`. For a channel: its status, or `deposited`, `claimed`,
   * `halted`.
   */
  readonly outcome: string;
  /** Hash of the entry before; 64 zeros for the first entry. */
  readonly prev: string;
  /** SHA-256 of this line without this field, in hex. */
  readonly hash: string;
}

/** A line, with the additional data that the audit's commit messages and files need. */
export interface JournalEntry extends JournalLine {
  /** Without nesting; amounts are decimal text. The hash does not cover it. */
  readonly data: JournalData;
}

/** See {@link JournalEntry}. */
export type JournalData = Readonly<Record<string, string | number | boolean | null>>;

/** A checkpoint: a signature that confirms the journal up to `seq`. */
export interface CheckpointRow {
  /** The number of the signed entry, and its hash. */
  readonly seq: number;
  /** See `seq`. */
  readonly hash: string;
  /** The git commit that contains that entry; null without a repository. */
  readonly commit: string | null;
  /** BIP-340 signature, 128 hex digits. */
  readonly signature: string;
  /** The signer's x-only public key, 64 hex digits. */
  readonly pubkey: string;
  readonly atMs: number;
}

/** The line of an entry, without a newline. */
export function journalLine(entry: JournalLine): string {
  return `${sealed(entry)},"hash":"${entry.hash}"}`;
}

/** The hash that an entry must have. */
export function entryHash(entry: Omit<JournalLine, "hash">): string {
  return sha256Hex(`${sealed(entry)}}`);
}

/** The line up to its last field, without the closing brace. */
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

/** A text that is no journal line. */
export class JournalLineError extends Error {
  /** Always `JournalLineError`. */
  override readonly name = "JournalLineError";
}

/**
 * Reads a line exactly as {@link journalLine} writes it: no other order, spacing, escape or number form. Does not check the hash; callers
 * compare it with {@link entryHash}.
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
    throw new JournalLineError(
      "its bytes are not those that this program writes for the same values",
    );
  }
  return line;
}

/** The longest line that is accepted; ours have under 600 characters. */
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

/** An entry that does not come from a row. */
export interface NotedEntry {
  readonly type: Extract<JournalType, "shutdown" | "limits" | "chain">;
  readonly outcome: string;
  readonly data: JournalData;
}
