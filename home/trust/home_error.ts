/**
 * The error for a home that must not be used.
 *
 * @module
 */
import { crossesPorts } from "../../base/ports/error_classes.ts";

/** A home that is not used. Exit 1, because it is not a typing mistake. */
export class HomeError extends Error {
  /** Always `HomeError`. */
  override readonly name = "HomeError";
  /**
   * `home_not_trusted`: the user has not trusted it yet, or the folder was replaced since. `home_not_yours`: the folder, or one above it,
   * belongs to somebody else or is writable by others. `home_not_folder`: something else than a folder has its name, or that of one above it.
   */
  readonly code: "home_not_trusted" | "home_not_yours" | "home_not_folder";
  /** What the user can do. */
  readonly suggestion: string;
  /** Names the folder and the suggestion. */
  constructor(code: HomeError["code"], message: string, suggestion: string) {
    super(message);
    this.code = code;
    this.suggestion = suggestion;
  }
}

crossesPorts<HomeError>(
  "HomeError",
  ({ code, message, suggestion = "" }) => new HomeError(code, message, suggestion),
);
