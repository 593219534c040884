/**
 * What a store keeps of a job's callback, and the changes of it.
 *
 * @module
 */

/** A document for a skill. */
export interface CallbackRow {
  /** Rising. */
  readonly callbackId: number;
  readonly jobId: string;
  /** Of the document; one that is there already is not added again. */
  readonly eventId: string;
  /** The skill's own name. */
  readonly skill: string;
  /** As it came. */
  readonly document: Uint8Array;
  readonly encoding: "toon" | "json";
  readonly state: "waiting" | "done" | "failed";
  /** How often the skill was given it, in vain or not. */
  readonly tries: number;
  /** Not given before. */
  readonly dueAtMs: number;
  /** Of the last try that failed. */
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly updatedAtMs: number;
}

/** Writes a document down that a skill is to be given. */
export interface AddCallback {
  readonly op: "addCallback";
  readonly row: Pick<CallbackRow, "jobId" | "eventId" | "skill" | "document" | "encoding">;
  readonly atMs: number;
}

/**
 * What became of a try. One that failed waits for `retryAtMs`; it is over where that is null, or where a newer document of the job
 * waits, since the older one says nothing any more.
 */
export interface SettleCallback {
  readonly op: "settleCallback";
  readonly callbackId: number;
  /** Null where the skill took it. */
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly retryAtMs: number | null;
  readonly atMs: number;
}

/** Gives a document again, with all its tries. */
interface RepeatCallback {
  readonly op: "repeatCallback";
  readonly callbackId: number;
  readonly atMs: number;
}

/** One of the changes above. */
export type CallbackChange = AddCallback | SettleCallback | RepeatCallback;
