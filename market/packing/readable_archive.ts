/**
 * Checks that `ci-run` can unpack the archive of a folder. It refuses some archives that a file system allows (names that differ only in
 * case, deep folders, backslashes). A provider would refuse them only after it was paid.
 *
 * @module
 */
import { ARCHIVE_LIMITS, readTar } from "../../skills/builtin/ci_run/tar_reader.ts";
import { SkillError } from "../../skills/skill_error.ts";
import { InputError } from "./input_error.ts";

/** Refuses an archive for the same reasons as the reader. Throws InputError `too_large`, `bad_input`. */
export function refuseUnreadable(folder: string, tar: Uint8Array): void {
  try {
    readTar(tar, ARCHIVE_LIMITS);
  } catch (cause) {
    if (!(cause instanceof SkillError)) throw cause;
    throw new InputError(
      cause.code === "too_large" ? "too_large" : "bad_input",
      `no provider would unpack ${folder}: ${cause.message}`,
      {
        cause,
        suggestion: cause.code === "too_large"
          ? "Send less: exclude files with .gitignore, or buy several jobs"
          : "Rename the named file, or exclude it with .gitignore",
      },
    );
  }
}
