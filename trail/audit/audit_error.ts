/**
 * The errors of the audit.
 *
 * @module
 */
import { crossesPorts } from "../../base/ports/error_classes.ts";

/**
 * A stable code. `git_missing`: git is not installed. `git_locked`: another git process holds a lock. `broken`: the repository is damaged
 * or not ours. `full`: the disk is full. `unreachable`: the folder cannot be read or written. `forked`: journal and repository have
 * different histories. `moved`: somebody else committed meanwhile. `git_failed`: any other error of git.
 */
export type AuditErrorCode =
  | "git_missing"
  | "git_locked"
  | "git_failed"
  | "broken"
  | "full"
  | "unreachable"
  | "moved"
  | "forked";

/** A problem of the audit. Payments do not wait for it. */
export class AuditError extends Error {
  /** Always `AuditError`. */
  override readonly name = "AuditError";
  /** See {@link AuditErrorCode}. */
  readonly code: AuditErrorCode;
  /** Makes an error with its code. */
  constructor(code: AuditErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

crossesPorts<AuditError>(
  "AuditError",
  ({ code, message }) => new AuditError(code, message),
);

/** Converts an error of the system or of git. */
export function auditErrorOf(error: unknown): AuditError {
  if (error instanceof AuditError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new AuditError(codeOfText(message) ?? "unreachable", message, { cause: error });
}

/** The code for a message of git or of the system. */
export function codeOfText(words: string): AuditErrorCode | null {
  if (/no space left|disk quota|ENOSPC|os error (28|122)\b/i.test(words)) return "full";
  if (/\.lock'?: File exists|cannot lock ref|unable to lock/i.test(words)) return "git_locked";
  if (/read-only file system|permission denied|os error (13|30)\b/i.test(words)) {
    return "unreachable";
  }
  return BROKEN.test(words) ? "broken" : null;
}

const BROKEN =
  /not a git repository|corrupt|bad (object|tree|signature|config|index)|does not point to|is empty$|invalid (object|ref|sha1)|unable to (read|parse)|broken|missing (blob|tree|commit|object)|could not (parse|read)|index file (smaller|open)|unknown revision|not a (valid|commit)/i;
