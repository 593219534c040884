/**
 * What the audit promises: it follows the journal into the payment log and into the repository, and says how far it is. Nobody waits for
 * it but who asks to; what stands in its way is told and tried again.
 *
 * @module
 */
import type { AuditErrorCode } from "./audit_error.ts";

/** Why it does not get on. */
export interface AuditTrouble {
  readonly code: AuditErrorCode;
  readonly message: string;
  /** Since when, milliseconds since the epoch. */
  readonly sinceMs: number;
}

/** How far the audit is. */
export interface AuditStatus {
  /** The journal's last entry, as it was seen last. */
  readonly entries: number;
  /** The last entry that is committed. */
  readonly committed: number;
  /** The last entry that is in the payment log. */
  readonly logged: number;
  /** The newest commit; null while there is no repository to write to. */
  readonly commit: string | null;
  /** What keeps the repository behind; null when nothing does. */
  readonly gitTrouble: AuditTrouble | null;
  /** What keeps the payment log behind. */
  readonly logTrouble: AuditTrouble | null;
  /** Files of ours that a user changed, which are left as they are. */
  readonly edited: readonly string[];
}

/** The audit at work. */
export interface Audit {
  /** How far it is. */
  status(): Promise<AuditStatus>;
  /**
   * Takes in everything that the journal holds now, with working files and a checkpoint, in `waitMs` at most; gives how far it came.
   * Trouble is tried once more and not waited for.
   */
  drain(waitMs: number): Promise<AuditStatus>;
  /** The `info/exclude` of a repository around this one that lacks our lines; null where there is none. */
  lackingExclude(): Promise<string | null>;
  /** Ends git in order. What is not drained is taken up by the next start. */
  close(): Promise<void>;
}

/** Under which cursor the store says up to which entry the repository is. */
export const AUDIT_CURSOR = "audit";
/** Under which cursor the store says what stands in the audit's way, as JSON of an {@link AuditTrouble}; empty for nothing. */
export const AUDIT_TROUBLE_CURSOR = "audit-trouble";
