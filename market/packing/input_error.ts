/**
 * The error for an input or job that a buyer cannot send.
 *
 * @module
 */
import { crossesPorts } from "../../base/ports/error_classes.ts";

/** A refused input or job, with a suggestion. */
export class InputError extends Error {
  /** The class, for errors that crossed a port. */
  override readonly name = "InputError";
  /** `input_not_found`, `too_large`, `bad_input`, `git_failed`, `git_missing`, `bad_job`, and other stable codes. */
  readonly code: string;
  /** One line that starts with a verb. Undefined if there is no suggestion. */
  readonly suggestion: string | undefined;
  /** Makes a refusal. `message` names the problem, its cause and its place. */
  constructor(
    code: string,
    message: string,
    options: ErrorOptions & { readonly suggestion?: string } = {},
  ) {
    super(message, options);
    this.code = code;
    this.suggestion = options.suggestion;
  }
}

crossesPorts<InputError>(
  "InputError",
  ({ code, message, suggestion }) => new InputError(code, message, { suggestion }),
);
