/**
 * Errors for mistakes in the files of a skill's folder, with file and line.
 *
 * @module
 */
import { SkillError } from "../skill_error.ts";

/** The place of a mistake. */
export interface Place {
  /** The file, relative to the skill's folder, for example `skill.toml`. */
  readonly file: string;
  /** The line, from 1. */
  readonly line: number;
}

/** Throws SkillError `bad_manifest`. Its message starts with `FILE:LINE: `. */
export function mistake({ file, line }: Place, why: string, options?: ErrorOptions): never {
  throw new SkillError("bad_manifest", `${file}:${line}: ${why}`, options);
}

/** The place at the start of a message of {@link mistake}; null if there is none. */
export function placeIn(message: string): Place | null {
  const found = /^([^\s:]+):(\d+): /.exec(message);
  return found === null ? null : { file: found[1], line: Number(found[2]) };
}
