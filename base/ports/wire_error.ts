/**
 * Errors across a port: what a caller acts on (name, code, message, suggestion) travels, the stack and the rest stay behind.
 *
 * @module
 */

/** An error as plain data. */
export interface WireError {
  /** The class's name. */
  readonly name: string;
  /** What, why, where; no secret. */
  readonly message: string;
  /** The stable code of the class that threw it, where there is one. */
  readonly code?: string;
  /** What to do now, where the class says it. */
  readonly suggestion?: string;
  /** The name of the contract's error, where a chain refused. */
  readonly reason?: string;
}

const MAX_MESSAGE_CHARS = 4096;

/** What of a thrown value may cross a port. Never throws, whatever was thrown. */
export function flattenError(thrown: unknown): WireError {
  try {
    if (typeof thrown !== "object" || thrown === null) {
      return { name: "Error", message: String(thrown).slice(0, MAX_MESSAGE_CHARS) };
    }
    const { name, message, code, suggestion, reason } = thrown as Record<string, unknown>;
    const flat = {
      name: typeof name === "string" ? name.slice(0, 128) : "Error",
      message: typeof message === "string" ? message.slice(0, MAX_MESSAGE_CHARS) : "unknown error",
    };
    return {
      ...flat,
      ...(typeof code === "string" ? { code: code.slice(0, 128) } : {}),
      ...(typeof suggestion === "string" ? { suggestion: suggestion.slice(0, 512) } : {}),
      ...(typeof reason === "string" ? { reason: reason.slice(0, 128) } : {}),
    };
  } catch {
    return { name: "Error", message: "an error that cannot be read" };
  }
}

/** The error as the other side throws it. Anything malformed becomes a plain {@link RemoteError}. */
export function rebuildError(wire: unknown): RemoteError {
  const flat = flattenError(wire);
  return new RemoteError(flat.name, flat.message, flat.code, flat.suggestion, flat.reason);
}

/** An error that was thrown on the other side of a port: act on `code`, not on the class. */
class RemoteError extends Error {
  /** As it was thrown. */
  override readonly name: string;
  /** The code it was thrown with, or undefined. */
  readonly code: string | undefined;
  /** The suggestion it was thrown with, or undefined. */
  readonly suggestion: string | undefined;
  /** The contract's error by name, where a chain refused. */
  readonly reason: string | undefined;
  /** Makes the error under the name that it had. */
  constructor(
    name: string,
    message: string,
    code?: string,
    suggestion?: string,
    reason?: string,
  ) {
    super(message);
    this.name = name;
    this.code = code;
    this.suggestion = suggestion;
    this.reason = reason;
  }
}
