/**
 * What is wrong with what a buyer wants to send.
 *
 * @module
 */
import { crossesPorts } from "../../base/ports/error_classes.ts";

/** A refusal of an input or a job, with what to do about it. */
export class InputError extends Error {
  /** The class, for errors that crossed a port. */
  override readonly name = "InputError";
  /** `input_not_found`, `too_large`, `bad_input`, `git_failed`, `git_missing`, `bad_job`. */
  readonly code: string;
  /** One line that starts with a verb, or nothing. */
  readonly suggestion: string | undefined;
  /** Makes a refusal; `message` says what, why and where. */
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

crossesPorts(
  "InputError",
  ({ code, message, suggestion }) => new InputError(code, message, { suggestion }),
);
