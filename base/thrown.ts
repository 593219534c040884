/**
 * Reads code, suggestion and message of a caught value, whatever was thrown. Decisions use the class (`instanceof`), which an error keeps
 * over ports (base/ports/error_classes.ts). These functions are for log lines, and for rules that apply to the same code of several
 * classes.
 * @module
 */

/** The stable code of the thrown value, if it has one. */
export function codeOf(thrown: unknown): string | undefined {
  const code = typeof thrown === "object" && thrown !== null && "code" in thrown
    ? thrown.code
    : undefined;
  return typeof code === "string" ? code : undefined;
}

/** The same for a log line; `error` if it has none. */
export function codeText(thrown: unknown): string {
  return codeOf(thrown) ?? "error";
}

/** What to do about it, if its class says so. */
export function suggestionOf(thrown: unknown): string | undefined {
  const suggestion = typeof thrown === "object" && thrown !== null && "suggestion" in thrown
    ? thrown.suggestion
    : undefined;
  return typeof suggestion === "string" ? suggestion : undefined;
}

/** The message of the thrown value. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The thrown value as an error: itself, or an error with its text. */
export function errorOf(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
