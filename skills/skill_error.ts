/**
 * The error of skills and their runs.
 *
 * @module
 */
import { crossesPorts } from "../base/ports/error_classes.ts";

/** An error of a skill or of the host. */
export class SkillError extends Error {
  /** Always `SkillError`. */
  override readonly name = "SkillError";
  /** A stable snake_case code, for example `bad_input`, `too_large`, `timeout`, `sandbox_required`. */
  readonly code: string;
  /** Makes an error with its code. `message` says what, why and where, and contains no secret. */
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

crossesPorts<SkillError>("SkillError", ({ code, message }) => new SkillError(code, message));
