/**
 * The error for a name in a home that is a link or no plain file.
 *
 * @module
 */

/** A link, a pipe or a device in place of a plain file or folder of a home. */
export class LinkedFileError extends Error {
  /** Always `LinkedFileError`. */
  override readonly name = "LinkedFileError";
  /** `not_plain` for a folder, pipe, socket or device. */
  readonly code: "linked_file" | "not_plain";
  /** What to do. */
  readonly suggestion: string;
  /** Makes the error for this path; `what` describes what is wrong. */
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
