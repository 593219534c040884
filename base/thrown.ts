/**
 * What a caught value says, whatever was thrown. A decision asks the class (`instanceof`), which an error keeps over ports
 * (base/ports/error_classes.ts); a log line, and a rule that holds for the same code of several classes, ask here.
 *
 * @module
 */

/** The stable code of what was thrown, where it has one. */
export function codeOf(thrown: unknown): string | undefined {
  const code = typeof thrown === "object" && thrown !== null && "code" in thrown
    ? thrown.code
    : undefined;
  return typeof code === "string" ? code : undefined;
}

/** The same for a log line: `error` where it has none. */
export function codeText(thrown: unknown): string {
  return codeOf(thrown) ?? "error";
}

/** What to do about it, where its class says so. */
export function suggestionOf(thrown: unknown): string | undefined {
  const suggestion = typeof thrown === "object" && thrown !== null && "suggestion" in thrown
    ? thrown.suggestion
    : undefined;
  return typeof suggestion === "string" ? suggestion : undefined;
}

/** The words of what was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** What was thrown as an error: itself, or one with its words. */
export function errorOf(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
