/**
 * What is wrong with a skill or its run.
 *
 * @module
 */
import { crossesPorts } from "../base/ports/error_classes.ts";

/** A skill's or the host's refusal. */
export class SkillError extends Error {
  /** Always `SkillError`. */
  override readonly name = "SkillError";
  /** Stable snake_case code, e.g. `bad_input`, `too_large`, `timeout`, `sandbox_required`. */
  readonly code: string;
  /** Makes a refusal with its code; `message` says what, why and where, and holds no secret. */
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

crossesPorts("SkillError", ({ code, message }) => new SkillError(code, message));
