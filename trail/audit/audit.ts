/**
 * The interface of the audit: it follows the journal into the payment log and into the git repository, and reports its progress. Nothing
 * waits for it unless asked to. Problems are reported and tried again.
 *
 * @module
 */
import type { AuditErrorCode } from "./audit_error.ts";

/** What stops the audit. */
export interface AuditTrouble {
  readonly code: AuditErrorCode;
  readonly message: string;
  /** Since when, milliseconds since the epoch. */
  readonly sinceMs: number;
}

/** The progress of the audit. */
export interface AuditStatus {
  /** The number of the journal's last known entry. */
  readonly entries: number;
  /** The number of the last committed entry. */
  readonly committed: number;
  /** The number of the last entry in the payment log. */
  readonly logged: number;
  /** The newest commit; null while the repository cannot be written. */
  readonly commit: string | null;
  /** The problem of the repository; null if there is none. */
  readonly gitTrouble: AuditTrouble | null;
  /** The problem of the payment log; null if there is none. */
  readonly logTrouble: AuditTrouble | null;
  /** Files of the audit that a user changed; they are not overwritten. */
  readonly edited: readonly string[];
}

/** A running audit. */
export interface Audit {
  /** Returns the progress. */
  status(): Promise<AuditStatus>;
  /**
   * Processes the whole present journal, with working files and a checkpoint, in at most `waitMs`; returns the progress. After a problem it
   * tries once more and does not wait longer.
   */
  drain(waitMs: number): Promise<AuditStatus>;
  /** The `info/exclude` of the repository around this one, if it lacks our lines; otherwise null. */
  lackingExclude(): Promise<string | null>;
  /**
   * Whether its worker may end until the next entry: everything is written, and there is no problem. Never with a backup, because the next
   * worker would push at once.
   */
  mayRest(): boolean;
  /** Ends git properly. The next start continues with what was not processed. */
  close(): Promise<void>;
}

/** Name of the store's cursor with the last committed entry. */
export const AUDIT_CURSOR = "audit";
/** Name of the store's cursor with the audit's problem, as JSON of an {@link AuditTrouble}; empty if there is none. */
export const AUDIT_TROUBLE_CURSOR = "audit-trouble";
