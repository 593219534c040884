/**
 * What is wrong with a sequence: in its file before anything is bought, or with what a step finds when its turn comes.
 *
 * @module
 */
import { crossesPorts } from "../../base/ports/error_classes.ts";

/** A refusal with its place and what to do. */
export class SequenceError extends Error {
  /** The class, for errors that crossed a port. */
  override readonly name = "SequenceError";
  /**
   * `bad_sequence`: the file is wrong. `missing_value`: a reference leads nowhere. `bad_condition`: a comparison of what cannot be
   * compared. `too_large`: a text has become too long. `budget`: what is left does not pay for the step.
   */
  readonly code: "bad_sequence" | "missing_value" | "bad_condition" | "too_large" | "budget";
  /** What to do about it. */
  readonly suggestion: string;
  /** Makes a refusal; `message` says what, why and where. */
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

crossesPorts(
  "SequenceError",
  ({ code, message, suggestion = "" }) =>
    new SequenceError(code as SequenceError["code"], message, suggestion),
);
