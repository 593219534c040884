/**
 * A job's log, asked for by its buyer and told by its provider, in two ephemeral events that travel in the data of a packet of
 * amount 0 and of its answer. The question names the first byte that is wanted, so that whoever reads again after a lost connection
 * misses nothing and reads nothing twice. Pure.
 *
 * ```text
 * question  kind 25601  ["e", request] ["p", provider] ["offset", "1024"] ["wait", "2000"]
 * answer    kind 25602  ["e", request] ["p", buyer]    content {"pieces":[[1024,300,"base64 of raw DEFLATE"]],"end":1324,"ended":false}
 * ```
 * Where the request was encrypted, so is the content of the answer (NIP-44), and it has the tag `encrypted`.
 *
 * @see docs/jobs.md#live-logs
 * @module
 */
import { parseStrictJson } from "../json/strict_json.ts";
import {
  asEventId,
  asPubkey,
  type EventId,
  type EventTemplate,
  type Pubkey,
  tagValue,
} from "./event.ts";
import { JOB_LOG_KIND, JOB_LOG_REQUEST_KIND } from "./kinds.ts";

/** What a buyer asks. */
export interface JobLogQuestion {
  /** The job's request. */
  readonly requestId: EventId;
  readonly provider: Pubkey;
  /** The first byte of the log that is wanted. */
  readonly offset: number;
  /** How long the provider may wait for it, milliseconds; it may wait less. */
  readonly waitMs: number;
}

/** A part of a log. */
interface JobLogPiece {
  /** Where it begins in the whole log, bytes. */
  readonly offset: number;
  /** Bytes of the log that it holds. */
  readonly sizeBytes: number;
  /** They, as raw DEFLATE. Whoever unpacks it stops after `sizeBytes`. */
  readonly deflated: Uint8Array;
}

/** What a provider tells. */
export interface JobLogAnswer {
  /** In order, each where the one before ends; the first may begin before the offset that was asked for. */
  readonly pieces: readonly JobLogPiece[];
  /** Where the log ends so far. */
  readonly endBytes: number;
  /** Whether the job has its answer: nothing is added. */
  readonly ended: boolean;
}

/** The most pieces of one answer. */
export const MAX_LOG_PIECES = 64;
const MAX_JSON = 65_536;
const MAX_PIECE_BYTES = 1 << 20;

/** The event of a question, ready for the buyer. */
export function jobLogQuestion(question: JobLogQuestion, createdAtS: number): EventTemplate {
  return {
    kind: JOB_LOG_REQUEST_KIND,
    created_at: createdAtS,
    tags: [
      ["e", question.requestId],
      ["p", question.provider],
      ["offset", String(question.offset)],
      ["wait", String(question.waitMs)],
    ],
    content: "",
  };
}

/** Reads a question. Throws {@link JobLogError} or EventError where it is none. */
export function parseJobLogQuestion(event: EventTemplate): JobLogQuestion {
  if (event.kind !== JOB_LOG_REQUEST_KIND) bad(`kind must be ${JOB_LOG_REQUEST_KIND}`);
  return {
    requestId: asEventId(tagValue(event, "e")),
    provider: asPubkey(tagValue(event, "p")),
    offset: wholeOf(tagValue(event, "offset")),
    waitMs: wholeOf(tagValue(event, "wait") ?? "0"),
  };
}

/** The JSON of an answer. */
export function formatJobLogAnswer({ pieces, endBytes, ended }: JobLogAnswer): string {
  return JSON.stringify({
    pieces: pieces.map(({ offset, sizeBytes, deflated }) => [
      offset,
      sizeBytes,
      deflated.toBase64(),
    ]),
    end: endBytes,
    ended,
  });
}

/** The event of an answer, ready for the provider. */
export function jobLogAnswerTemplate(
  about: {
    readonly requestId: string;
    readonly buyer: string;
    /** The answer's JSON, or its NIP-44 payload. */
    readonly content: string;
    readonly encrypted: boolean;
  },
  createdAtS: number,
): EventTemplate {
  return {
    kind: JOB_LOG_KIND,
    created_at: createdAtS,
    tags: [
      ["e", about.requestId],
      ["p", about.buyer],
      ...(about.encrypted ? [["encrypted"]] : []),
    ],
    content: about.content,
  };
}

/** Reads an answer's JSON. Throws {@link JobLogError} where pieces leave a gap, come in no order or say what cannot be. */
export function parseJobLogAnswer(text: string): JobLogAnswer {
  let value: unknown;
  try {
    value = parseStrictJson(text, { maxBytes: MAX_JSON, maxDepth: 4 });
  } catch (cause) {
    throw new JobLogError("it is no JSON", { cause });
  }
  const { pieces, end, ended } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (!Array.isArray(pieces) || pieces.length > MAX_LOG_PIECES) bad("pieces must be a short list");
  if (!isWhole(end)) bad("end must be a whole number");
  const read = (pieces as unknown[]).map(pieceOf);
  read.forEach(({ offset, sizeBytes }, at) => {
    const next = read[at + 1];
    if (next !== undefined && next.offset !== offset + sizeBytes) {
      bad("pieces must follow each other");
    }
    if (offset + sizeBytes > (end as number)) bad("a piece goes beyond the end");
  });
  return { pieces: read, endBytes: end as number, ended: ended === true };
}

function pieceOf(value: unknown): JobLogPiece {
  const [offset, sizeBytes, text] = Array.isArray(value) ? value : [];
  if (!isWhole(offset) || !isWhole(sizeBytes) || sizeBytes < 1 || sizeBytes > MAX_PIECE_BYTES) {
    bad("a piece must say where it begins and how long it is");
  }
  try {
    return { offset, sizeBytes, deflated: Uint8Array.fromBase64(text) } as JobLogPiece;
  } catch (cause) {
    throw new JobLogError("a piece must be base64", { cause });
  }
}

function wholeOf(text: string | undefined): number {
  if (text === undefined || !/^\d{1,15}$/.test(text)) bad("offset and wait must be whole numbers");
  return Number(text);
}

function isWhole(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function bad(why: string): never {
  throw new JobLogError(why);
}

/** An event that is no question for a log, or no answer to one. */
export class JobLogError extends Error {
  /** The class, for errors that crossed a port. */
  override readonly name = "JobLogError";
  /** Stable. */
  readonly code = "malformed_log";

  /** `why` follows `Cannot read a job's log: `. */
  constructor(why: string, options?: ErrorOptions) {
    super(`Cannot read a job's log: ${why}`, options);
  }
}
