/**
 * The error class of the store, with a stable code.
 *
 * @module
 */
import { crossesPorts } from "../base/ports/error_classes.ts";

/** An error of the store. */
export class StoreError extends Error {
  /** Always `StoreError`. */
  override readonly name = "StoreError";
  /**
   * A stable code. `conflict`: a rule or `expect` refused the commit. `ambiguous`: a prefix matches several jobs. `full`: the disk or the
   * queue is full. `closed`: the store was closed. `corrupt`: the file is damaged. `locked`: another process writes here. `invalid`: a
   * value or change that no caller should send. `io`: the disk failed, and the store has stopped. `paused`: the owner has paused buying.
   * `version`: the file belongs to another version of the program.
   */
  readonly code:
    | "conflict"
    | "ambiguous"
    | "full"
    | "closed"
    | "corrupt"
    | "locked"
    | "invalid"
    | "io"
    | "paused"
    | "version";
  /** Makes an error; `message` says what, why and where. */
  constructor(code: StoreError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

crossesPorts<StoreError>(
  "StoreError",
  ({ code, message }) => new StoreError(code, message),
);

/** Whether the store refused a commit because its rows have changed, or are not as the change expects them. */
export function isConflict(error: unknown): boolean {
  return error instanceof StoreError && error.code === "conflict";
}
