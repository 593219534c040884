/**
 * The refusal of a whole home.
 *
 * @module
 */
import { crossesPorts } from "../../base/ports/error_classes.ts";

/** A home that is not used: exit 1, since nothing was typed wrong. */
export class HomeError extends Error {
  /** Always `HomeError`. */
  override readonly name = "HomeError";
  /**
   * `home_not_trusted`: the user did not consent yet, or the folder was replaced since. `home_not_yours`: it, or a folder above it,
   * belongs to somebody else or can be written by others.
   */
  readonly code: "home_not_trusted" | "home_not_yours";
  /** What to do. */
  readonly suggestion: string;
  /** Names the folder and what to do. */
  constructor(code: HomeError["code"], message: string, suggestion: string) {
    super(message);
    this.code = code;
    this.suggestion = suggestion;
  }
}

crossesPorts(
  "HomeError",
  ({ code, message, suggestion = "" }) =>
    new HomeError(code as HomeError["code"], message, suggestion),
);
