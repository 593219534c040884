/**
 * Whether `ci-run` can unpack what a folder became. It refuses more than a file system does (names that differ by case alone, deep
 * folders, backslashes), and a provider does so only when it was paid.
 *
 * @module
 */
import { ARCHIVE_LIMITS, readTar } from "../../skills/builtin/ci_run/tar_reader.ts";
import { SkillError } from "../../skills/skill_error.ts";
import { InputError } from "./input_error.ts";

/** Refuses a tar with the reader's own reason. Throws InputError `too_large`, `bad_input`. */
export function refuseUnreadable(folder: string, tar: Uint8Array): void {
  try {
    readTar(tar, ARCHIVE_LIMITS);
  } catch (cause) {
    if (!(cause instanceof SkillError)) throw cause;
    throw new InputError(
      cause.code === "too_large" ? "too_large" : "bad_input",
      `no provider would unpack ${folder}: ${cause.message}`,
      { cause, suggestion: "Rename the named file, or exclude it with .gitignore" },
    );
  }
}
