/**
 * A part of a job's log, as a home reads it from its store or from the provider.
 *
 * @module
 */

/** A part of a job's log. */
export interface JobLogPart {
  /** Offset of the bytes in the whole log. It is lower than the requested offset if another provider started the log anew. */
  readonly offset: number;
  /** Bytes from the provider; may be empty. */
  readonly bytes: Uint8Array;
  /** True if the log ends with these bytes. */
  readonly ended: boolean;
  /** Why the provider could not be asked; null if it was asked or was not needed. */
  readonly problem: string | null;
}
