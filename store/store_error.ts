/**
 * What a store refuses, as one error class with a stable code.
 *
 * @module
 */
import { crossesPorts } from "../base/ports/error_classes.ts";

/** A store's refusal. */
export class StoreError extends Error {
  /** Always `StoreError`. */
  override readonly name = "StoreError";
  /**
   * A stable code. `conflict`: a guard or `expect` refused the commit. `ambiguous`: a prefix fits several jobs.
   * `full`: disk or queue. `closed`. `corrupt`: the file is damaged. `locked`: another process writes here.
   * `invalid`: a value or change that no caller should send. `io`: the disk failed, the store is stopped.
   * `version`: the file is of another version of the program.
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
    | "version";
  /** Makes a refusal with its code; `message` says what, why and where. */
  constructor(code: StoreError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

crossesPorts(
  "StoreError",
  ({ code, message }) => new StoreError(code as StoreError["code"], message),
);

/** Whether the store refused a commit because its rows were changed meanwhile, or are not as the change wants them. */
export function isConflict(error: unknown): boolean {
  return error instanceof StoreError && error.code === "conflict";
}
