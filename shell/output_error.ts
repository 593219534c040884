/** Standard output cannot be written, for example to a file on a full disk. */
export class OutputError extends Error {
  override readonly name = "OutputError";
  /** Always `output`. */
  readonly code = "output";
  /** What to do now. */
  readonly suggestion =
    "make room, or write elsewhere; a command that changes or pays something may have done it: look with 'crosstown job list' or 'crosstown payments history' before you run it again";
  /** Keeps the system's error. */
  constructor(cause: unknown) {
    super(`Cannot write to standard output: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  }
}
