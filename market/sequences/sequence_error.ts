/**
 * The errors of sequences: in the file before anything is bought, or in a step before its job is bought.
 *
 * @module
 */
import { crossesPorts } from "../../base/ports/error_classes.ts";

/** A refused sequence or step, with its place and a suggestion. */
export class SequenceError extends Error {
  /** The class, for errors that crossed a port. */
  override readonly name = "SequenceError";
  /**
   * `bad_sequence`: the file is wrong. `missing_value`: a reference has no value. `bad_condition`: a condition compares values of the wrong
   * type. `too_large`: a text is too long after it was filled in. `budget`: the rest of the budget does not cover the step.
   */
  readonly code: "bad_sequence" | "missing_value" | "bad_condition" | "too_large" | "budget";
  /** What the user can do. */
  readonly suggestion: string;
  /** Makes a refusal. `message` names the problem, its cause and its place. */
  constructor(
    code: SequenceError["code"],
    message: string,
    suggestion: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.code = code;
    this.suggestion = suggestion;
  }
}

crossesPorts<SequenceError>(
  "SequenceError",
  ({ code, message, suggestion = "" }) => new SequenceError(code, message, suggestion),
);
