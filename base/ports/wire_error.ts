/**
 * Errors across a port. What a caller acts on (class, code, message, suggestion) is sent; the stack and the rest are not.
 *
 * @module
 */
import { rebuildKnown, type WireError } from "./error_classes.ts";

const MAX_MESSAGE_CHARS = 4096;
const MAX_FIGURES = 8;

/** The part of a thrown value that crosses a port. Never throws. */
export function flattenError(thrown: unknown): WireError {
  try {
    if (typeof thrown !== "object" || thrown === null) {
      return { name: "Error", message: String(thrown).slice(0, MAX_MESSAGE_CHARS) };
    }
    const { name, message, code, suggestion, reason, figures } = thrown as Record<string, unknown>;
    const flat = {
      name: typeof name === "string" ? name.slice(0, 128) : "Error",
      message: typeof message === "string" ? message.slice(0, MAX_MESSAGE_CHARS) : "unknown error",
    };
    return {
      ...flat,
      ...(typeof code === "string" ? { code: code.slice(0, 128) } : {}),
      ...(typeof suggestion === "string" ? { suggestion: suggestion.slice(0, 512) } : {}),
      ...(typeof reason === "string" ? { reason: reason.slice(0, 128) } : {}),
      ...(typeof figures === "object" && figures !== null ? { figures: texts(figures) } : {}),
    };
  } catch {
    return { name: "Error", message: "an error that cannot be read" };
  }
}

function texts(figures: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(figures).slice(0, MAX_FIGURES)
      .filter(([name, value]) => name.length <= 32 && typeof value === "string")
      .map(([name, value]) => [name, value.slice(0, 128)]),
  );
}

/** The error for the other side: of its class if that side knows it, otherwise a plain {@link RemoteError}. */
export function rebuildError(wire: unknown): Error {
  const flat = flattenError(wire);
  return rebuildKnown(flat) ??
    new RemoteError(flat.name, flat.message, flat.code, flat.suggestion, flat.reason);
}

/** An error of a class that this side does not know. */
class RemoteError extends Error {
  /** The name with which it was thrown. */
  override readonly name: string;
  /** The code it was thrown with, or undefined. */
  readonly code: string | undefined;
  /** The suggestion it was thrown with, or undefined. */
  readonly suggestion: string | undefined;
  /** The name of the contract's error, if a chain refused. */
  readonly reason: string | undefined;
  /** Makes the error with its original name. */
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
