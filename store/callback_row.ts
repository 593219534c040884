/**
 * A job's callback as the store keeps it, and its changes.
 *
 * @module
 */

/** A document for a skill. */
export interface CallbackRow {
  /** Increases with each row. */
  readonly callbackId: number;
  readonly jobId: string;
  /** Id of the document. A document that is already there is not added again. */
  readonly eventId: string;
  /** The skill's name. */
  readonly skill: string;
  /** The bytes as received. */
  readonly document: Uint8Array;
  readonly encoding: "toon" | "json";
  readonly state: "waiting" | "done" | "failed";
  /** How often the skill was called with it, successfully or not. */
  readonly tries: number;
  /** The skill is not called before this time. */
  readonly dueAtMs: number;
  /** The error of the last failed try. */
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly updatedAtMs: number;
}

/** Stores a document for a skill. */
export interface AddCallback {
  readonly op: "addCallback";
  readonly row: Pick<CallbackRow, "jobId" | "eventId" | "skill" | "document" | "encoding">;
  readonly atMs: number;
}

/**
 * The outcome of a try. After a failure, the document waits until `retryAtMs`. It has failed permanently if `retryAtMs` is null, or if a newer
 * document of the job waits, which replaces it.
 */
export interface SettleCallback {
  readonly op: "settleCallback";
  readonly callbackId: number;
  /** Null if the skill succeeded. */
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly retryAtMs: number | null;
  readonly atMs: number;
}

/** Lets the skill have the document again, with all its tries. */
interface RepeatCallback {
  readonly op: "repeatCallback";
  readonly callbackId: number;
  readonly atMs: number;
}

/** One of the changes above. */
export type CallbackChange = AddCallback | SettleCallback | RepeatCallback;
