/**
 * A job's log, which its buyer requests and its provider sends. Question and answer are ephemeral events in the data of a packet of amount
 * 0 and of the answer to that packet. The question names the first byte that the buyer wants. So a buyer can continue after a lost
 * connection without missing or repeating a byte. Pure.
 *
 * ```text
 * question  kind 25601  ["e", request] ["p", provider] ["offset", "1024"] ["wait", "2000"]
 * answer    kind 25602  ["e", request] ["p", buyer]    content {"pieces":[[1024,300,"base64 of raw DEFLATE"]],"end":1324,"ended":false}
 * ```
 * If the request was encrypted, the content of the answer is encrypted too (NIP-44), and the answer has the tag `encrypted`. Over a relay,
 * the question has a random `["salt", text]` and the answer `["q", question]`, because a relay delivers equal events once.
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

/** A buyer's question for a part of the log. */
export interface JobLogQuestion {
  /** The id of the job's request. */
  readonly requestId: EventId;
  readonly provider: Pubkey;
  /** The first byte of the log that the buyer wants. */
  readonly offset: number;
  /** How long the provider may wait for this byte, in milliseconds. It may wait less. */
  readonly waitMs: number;
}

/** A part of a log. */
interface JobLogPiece {
  /** The offset of the piece in the whole log, in bytes. */
  readonly offset: number;
  /** The number of the log's bytes in the piece. */
  readonly sizeBytes: number;
  /** The bytes as raw DEFLATE. The reader must stop unpacking after `sizeBytes`. */
  readonly deflated: Uint8Array;
}

/** A provider's answer. */
export interface JobLogAnswer {
  /** The pieces in order. Each starts where the one before ends. The first may start before the requested offset. */
  readonly pieces: readonly JobLogPiece[];
  /** The current length of the log. */
  readonly endBytes: number;
  /** Whether the job is answered, so that nothing more is added. */
  readonly ended: boolean;
}

/** The line in a log after which the output of a run begins that was started again. */
export const STARTED_AGAIN =
  "\n[crosstown: the provider was interrupted; the job is started again]\n";

/** Where the output of a run begins whose job's log ends here. */
export function ownOutputFrom(endBytes: number): number {
  return endBytes === 0 ? 0 : endBytes + new TextEncoder().encode(STARTED_AGAIN).length;
}

/** The most pieces of one answer. */
export const MAX_LOG_PIECES = 64;
const MAX_JSON = 65_536;
const MAX_PIECE_BYTES = 1 << 20;

/**
 * The event of a question, for the buyer to sign. Over a relay, `salt` makes equal questions of the same second different events, because a
 * relay delivers an event once.
 */
export function jobLogQuestion(
  question: JobLogQuestion,
  createdAtS: number,
  salt?: string,
): EventTemplate {
  return {
    kind: JOB_LOG_REQUEST_KIND,
    created_at: createdAtS,
    tags: [
      ["e", question.requestId],
      ["p", question.provider],
      ["offset", String(question.offset)],
      ["wait", String(question.waitMs)],
      ...salt === undefined ? [] : [["salt", salt]],
    ],
    content: "",
  };
}

/** Reads a question. Throws {@link JobLogError} or EventError if it is invalid. */
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

/** The event of an answer, for the provider to sign. */
export function jobLogAnswerTemplate(
  about: {
    readonly requestId: string;
    readonly buyer: string;
    /** The answer's JSON, or its NIP-44 payload. */
    readonly content: string;
    readonly encrypted: boolean;
    /** The id of the question, over a relay. It makes equal answers of the same second different events. */
    readonly questionId?: string;
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
      ...(about.questionId === undefined ? [] : [["q", about.questionId]]),
    ],
    content: about.content,
  };
}

/** Reads an answer's JSON. Throws {@link JobLogError} if pieces are not in order, leave a gap or contradict the length. */
export function parseJobLogAnswer(text: string): JobLogAnswer {
  let value: unknown;
  try {
    value = parseStrictJson(text, { maxBytes: MAX_JSON, maxDepth: 4 });
  } catch (cause) {
    throw new JobLogError("it is not JSON", { cause });
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

/** The pieces of an answer as rows for its buyer's store, which has the log up to `offset`. */
export function receivedRows(
  jobId: string,
  offset: number,
  { pieces }: JobLogAnswer,
): readonly (JobLogPiece & { readonly jobId: string; readonly role: "buyer" })[] {
  return pieces.filter((piece) => piece.offset >= offset).map((piece) => ({
    jobId,
    role: "buyer",
    ...piece,
  }));
}

function pieceOf(value: unknown): JobLogPiece {
  const [offset, sizeBytes, text] = Array.isArray(value) ? value : [];
  if (!isWhole(offset) || !isWhole(sizeBytes) || sizeBytes < 1 || sizeBytes > MAX_PIECE_BYTES) {
    bad("a piece must state its offset and its length");
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

/** The event is not a valid question for a log, or not a valid answer. */
export class JobLogError extends Error {
  /** The class, for errors that crossed a port. */
  override readonly name = "JobLogError";
  /** The stable code. */
  readonly code = "malformed_log";

  /** `why` follows `Cannot read a job's log: `. */
  constructor(why: string, options?: ErrorOptions) {
    super(`Cannot read a job's log: ${why}`, options);
  }
}
