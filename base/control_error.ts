/**
 * What goes wrong between a command and the daemon of its home.
 *
 * @module
 */

/**
 * A failed control call. `code` is the handler's own where the handler threw; of this module are `no_daemon`, `in_use`,
 * `path_too_long`, `loose_folder`, `unsupported`, `closed`, `busy`, `no_method`, `bad_frame`, `too_large`, `aborted`.
 */
export class ControlError extends Error {
  /** Always `ControlError`. */
  override readonly name = "ControlError";
  /** Stable, snake_case. */
  readonly code: string;
  /** What to do, where there is something. */
  readonly suggestion: string | undefined;

  /** Makes a failure. */
  constructor(code: string, message: string, suggestion?: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.suggestion = suggestion;
  }
}

/** An error as it crosses the socket: no stack, bounded. */
interface ErrorBody {
  /** Stable, snake_case; `internal` where the thrower had none. */
  readonly code: string;
  /** For people. */
  readonly message: string;
  /** What to do. */
  readonly suggestion?: string;
}

/** What of a thrown value crosses the socket. Never throws. */
export function errorBody(thrown: unknown): ErrorBody {
  const { code, message, suggestion } =
    (typeof thrown === "object" && thrown !== null
      ? thrown
      : { message: String(thrown) }) as Record<string, unknown>;
  return {
    code: typeof code === "string" && /^[a-z][a-z0-9_]{0,63}$/.test(code) ? code : "internal",
    message: typeof message === "string" ? message.slice(0, 4_096) : "unknown error",
    ...(typeof suggestion === "string" ? { suggestion: suggestion.slice(0, 1_024) } : {}),
  };
}

/** The error as the caller throws it. */
export function errorFromBody(body: unknown): ControlError {
  const { code, message, suggestion } = errorBody(body);
  return new ControlError(code, message, suggestion);
}
