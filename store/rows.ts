/**
 * Between the rows of store.ts and the columns of schema.ts. Every value is checked on its way in, so a wrong one is an
 * `invalid` StoreError that names its field, also when it came over a port from other code.
 *
 * @module
 */
import { JOB_STATUSES, type JobStatus } from "../protocols/job_status.ts";
import type { CheckpointRow } from "./journal_row.ts";
import type {
  IncomingPacketRow,
  OutgoingPacketRow,
  PacketAbout,
  PayerChannelRow,
  ReceiverChannelRow,
} from "./store.ts";
import type { JobRow, OutboxRow } from "./job_row.ts";
import { StoreError } from "./store_error.ts";
import type { Column, Columns } from "./columns.ts";

/** Largest byte field; an event ends at 64 KiB, a packet below that. */
const MAX_BYTES = 1024 * 1024;
const MAX_TEXT = 64 * 1024;
const MAX_AMOUNT = 2n ** 256n - 1n;

/** An `invalid` StoreError about one field. */
export function invalid(field: string, must: string, got: unknown): StoreError {
  const shown = typeof got === "string" ? `${got.length} characters` : typeof got;
  return new StoreError("invalid", `${field} must be ${must} (got ${shown})`);
}

/** A text column. */
export function text(field: string, value: unknown): string {
  if (typeof value !== "string" || value.length > MAX_TEXT) {
    throw invalid(field, `text of at most ${MAX_TEXT} characters`, value);
  }
  return value;
}

/** A byte column. */
export function bytes(field: string, value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length > MAX_BYTES) {
    throw invalid(field, `at most ${MAX_BYTES} bytes`, value);
  }
  return value;
}

/** An integer column that is never negative. */
export function whole(field: string, value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw invalid(field, "a whole number up to 2^53-1", value);
  }
  return value as number;
}

/** An amount column: base units as decimal text. */
export function amount(field: string, value: unknown): string {
  if (typeof value !== "bigint" || value < 0n || value > MAX_AMOUNT) {
    throw invalid(field, "a bigint from 0 to 2^256-1", value);
  }
  return value.toString();
}

/** One of a closed set of words. */
export function oneOf<Word extends string>(
  field: string,
  words: readonly Word[],
  value: unknown,
): Word {
  if (!words.includes(value as Word)) throw invalid(field, `one of ${words.join(", ")}`, value);
  return value as Word;
}

function flag(field: string, value: unknown): number {
  if (typeof value !== "boolean") throw invalid(field, "true or false", value);
  return value ? 1 : 0;
}

function signedInteger(field: string, value: unknown): number {
  if (!Number.isSafeInteger(value)) throw invalid(field, "an integer", value);
  return value as number;
}

/** Checks one value on its way into a column; throws `invalid`. */
export type Check = (field: string, value: unknown) => Column;

function orNull(check: Check): Check {
  return (field, value) => value === null ? null : check(field, value);
}

/** Column and check of each field of a {@link JobRow}. */
export const JOB_FIELDS: Readonly<Record<keyof JobRow, readonly [column: string, check: Check]>> = {
  jobId: ["job_id", text],
  role: ["role", (field, value) => oneOf(field, ["buyer", "provider"], value)],
  eventId: ["event_id", text],
  kind: ["kind", whole],
  type: ["type", text],
  status: ["status", (field, value) => oneOf(field, JOB_STATUSES, value)],
  buyer: ["buyer", text],
  provider: ["provider", orNull(text)],
  callbackSkill: ["callback_skill", orNull(text)],
  createdAtMs: ["created_at_ms", whole],
  updatedAtMs: ["updated_at_ms", whole],
  timeoutS: ["timeout_s", whole],
  amountUnits: ["amount_units", amount],
  jobPaid: ["job_paid", flag],
  writeUnits: ["write_units", amount],
  request: ["request", bytes],
  resultEventId: ["result_event_id", orNull(text)],
  result: ["result", orNull(bytes)],
  exitCode: ["exit_code", orNull(signedInteger)],
  errorCode: ["error_code", orNull(text)],
  errorMessage: ["error_message", orNull(text)],
  attempt: ["attempt", whole],
};

/** Columns of a job's fields, of all or of a patch; `invalid` for a field that no job has. */
export function jobColumns(fields: Partial<JobRow>): Record<string, Column> {
  const columns: Record<string, Column> = {};
  for (const [field, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(JOB_FIELDS, field)) {
      throw new StoreError("invalid", `a job has no field ${field.slice(0, 40)}`);
    }
    const [column, check] = JOB_FIELDS[field as keyof JobRow];
    columns[column] = check(field, value);
  }
  return columns;
}

/** The job in these columns. */
export function jobRow(c: Columns): JobRow {
  return {
    jobId: c.job_id as string,
    role: c.role as JobRow["role"],
    eventId: c.event_id as string,
    kind: c.kind as number,
    type: c.type as string,
    status: c.status as JobStatus,
    buyer: c.buyer as string,
    provider: c.provider as string | null,
    callbackSkill: c.callback_skill as string | null,
    createdAtMs: c.created_at_ms as number,
    updatedAtMs: c.updated_at_ms as number,
    timeoutS: c.timeout_s as number,
    amountUnits: BigInt(c.amount_units as string),
    jobPaid: c.job_paid === 1,
    writeUnits: BigInt(c.write_units as string),
    request: c.request as Uint8Array,
    resultEventId: c.result_event_id as string | null,
    result: c.result as Uint8Array | null,
    exitCode: c.exit_code as number | null,
    errorCode: c.error_code as string | null,
    errorMessage: c.error_message as string | null,
    attempt: c.attempt as number,
  };
}

/** The outbox entry in these columns. */
export function outboxRow(c: Columns): OutboxRow {
  return {
    outboxId: c.outbox_id as number,
    jobId: c.job_id as string | null,
    purpose: c.purpose as OutboxRow["purpose"],
    event: c.event as Uint8Array,
    destination: c.destination as string,
    terminalPubkey: c.terminal_pubkey as string,
    amountUnits: c.amount_units === null ? null : BigInt(c.amount_units as string),
    state: c.state as OutboxRow["state"],
    detail: c.detail as string | null,
    createdAtMs: c.created_at_ms as number,
  };
}

/** The payer's channel in these columns. */
export function payerRow(c: Columns): PayerChannelRow {
  return {
    channelId: c.channel_id as string,
    peer: c.peer as string,
    signed: BigInt(c.signed as string),
    nonce: c.nonce as number,
    spent: BigInt(c.spent as string),
    forfeit: BigInt(c.forfeit as string),
  };
}

/** The receiver's channel in these columns. */
export function receiverRow(c: Columns): ReceiverChannelRow {
  return {
    channelId: c.channel_id as string,
    peer: c.peer as string,
    credited: BigInt(c.credited as string),
    watermark: c.watermark as number,
    bestClaim: c.best_claim as Uint8Array | null,
    spent: BigInt(c.spent as string),
  };
}

function link(
  channelId: Column,
  nonce: Column,
): { readonly channelId: string; readonly nonce: number } | null {
  return channelId === null ? null : { channelId: channelId as string, nonce: nonce as number };
}

/** The column of what a packet is about: small JSON, for the journal. */
export function aboutColumn(about: PacketAbout | null): string | null {
  if (about === null) return null;
  const jobId = about.jobId === null ? null : text("about.jobId", about.jobId);
  const provider = about.provider === null ? null : text("about.provider", about.provider);
  const kind = about.kind === null ? null : whole("about.kind", about.kind);
  const size = about.bytes === null ? null : whole("about.bytes", about.bytes);
  return JSON.stringify({ jobId, provider, kind, bytes: size });
}

/** The payer's packet in these columns. */
export function outgoingRow(c: Columns): OutgoingPacketRow {
  return {
    channelId: c.channel_id as string,
    nonce: c.nonce as number,
    cumulative: BigInt(c.cumulative as string),
    amount: BigInt(c.amount as string),
    claim: c.claim as Uint8Array,
    prepare: c.prepare as Uint8Array,
    condition: c.condition as Uint8Array,
    obligation: c.obligation as string,
    state: c.state as OutgoingPacketRow["state"],
    expiresAtMs: c.expires_at_ms as number,
    createdAtMs: c.created_at_ms as number,
    incoming: link(c.incoming_channel_id, c.incoming_nonce),
    answer: c.answer as Uint8Array | null,
    about: c.about === null
      ? null
      : { provider: null, ...JSON.parse(c.about as string) } as PacketAbout,
    writtenOffAtMs: c.written_off_at_ms as number | null,
  };
}

/** The receiver's packet in these columns. */
export function incomingRow(c: Columns): IncomingPacketRow {
  return {
    channelId: c.channel_id as string,
    nonce: c.nonce as number,
    hash: c.hash as Uint8Array,
    amount: BigInt(c.amount as string),
    prepare: c.prepare as Uint8Array,
    obligation: c.obligation as string | null,
    state: c.state as IncomingPacketRow["state"],
    answer: c.answer as Uint8Array | null,
    next: link(c.next_channel_id, c.next_nonce),
    receivedAtMs: c.received_at_ms as number,
  };
}

/** The checkpoint in these columns. */
export function checkpointOf(c: Columns): CheckpointRow {
  return {
    seq: c.seq as number,
    hash: c.hash as string,
    commit: c.commit_id as string | null,
    signature: c.signature as string,
    pubkey: c.pubkey as string,
    atMs: c.at_ms as number,
  };
}
