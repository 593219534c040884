/**
 * The refusal of a name in a home that leads somewhere else.
 *
 * @module
 */

/** A link, a pipe or a device where a plain file or folder of a home must be. */
export class LinkedFileError extends Error {
  /** Always `LinkedFileError`. */
  override readonly name = "LinkedFileError";
  /** `not_plain` for a folder, pipe, socket or device. */
  readonly code: "linked_file" | "not_plain";
  /** What to do. */
  readonly suggestion: string;
  /** Names the path and what it is. */
  constructor(path: string, what: string, code: LinkedFileError["code"] = "linked_file") {
    super(
      code === "linked_file"
        ? `${path} ${what}: files of a home are not opened through links`
        : `${path} ${what}`,
    );
    this.code = code;
    this.suggestion =
      `look where it leads with 'ls -l ${path}'; put the file itself there, or use another home with --home DIR`;
  }
}
