/**
 * The error of a call from a command to the daemon of its home.
 *
 * @module
 */
import { crossesPorts, rebuildKnown } from "./ports/error_classes.ts";

/**
 * A failed control call. If the daemon's handler threw, `code` is the handler's. The codes of this module are `no_daemon`, `in_use`,
 * `path_too_long`, `loose_folder`, `unsupported`, `closed`, `busy`, `no_method`, `bad_frame`, `too_large`, `aborted`.
 */
export class ControlError extends Error {
  /** Always `ControlError`. */
  override readonly name = "ControlError";
  /** Stable, snake_case. */
  readonly code: string;
  /** What to do, if there is something. */
  readonly suggestion: string | undefined;

  /** Makes an error. */
  constructor(code: string, message: string, suggestion?: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.suggestion = suggestion;
  }
}

crossesPorts<ControlError>(
  "ControlError",
  ({ code, message, suggestion }) => new ControlError(code, message, suggestion),
);

/** An error as it crosses the socket: without stack, and of limited size. */
interface ErrorBody {
  /** Its class, which the other side may know (base/ports/error_classes.ts). */
  readonly name?: string;
  /** Stable code in snake_case; `internal` if the thrown value had none. */
  readonly code: string;
  /** For people. */
  readonly message: string;
  /** What to do. */
  readonly suggestion?: string;
}

/** The part of a thrown value that crosses the socket. Never throws. */
export function errorBody(thrown: unknown): ErrorBody {
  const { name, code, message, suggestion } =
    (typeof thrown === "object" && thrown !== null
      ? thrown
      : { message: String(thrown) }) as Record<string, unknown>;
  return {
    ...(typeof name === "string" && /^[A-Z]\w{0,63}$/.test(name) ? { name } : {}),
    code: typeof code === "string" && /^[a-z][a-z0-9_]{0,63}$/.test(code) ? code : "internal",
    message: typeof message === "string" ? message.slice(0, 4_096) : "unknown error",
    ...(typeof suggestion === "string" ? { suggestion: suggestion.slice(0, 1_024) } : {}),
  };
}

/** The error for the caller: of the handler's class if this side knows it, otherwise a ControlError. */
export function errorFromBody(body: unknown): Error {
  const { name = "ControlError", ...wire } = errorBody(body);
  return rebuildKnown({ name, ...wire }) ??
    new ControlError(wire.code, wire.message, wire.suggestion);
}
