/**
 * A mistake in a file of a skill's folder, with its place.
 *
 * @module
 */
import { SkillError } from "../skill_error.ts";

/** Where in a folder a mistake is. */
export interface Place {
  /** From the skill's folder, e.g. `skill.toml`. */
  readonly file: string;
  /** The first line is 1. */
  readonly line: number;
}

/** Throws SkillError `bad_manifest` whose message begins with `FILE:LINE: `. */
export function mistake({ file, line }: Place, why: string, options?: ErrorOptions): never {
  throw new SkillError("bad_manifest", `${file}:${line}: ${why}`, options);
}

/** The place that a message of {@link mistake} begins with; null where it names none. */
export function placeIn(message: string): Place | null {
  const found = /^([^\s:]+):(\d+): /.exec(message);
  return found === null ? null : { file: found[1], line: Number(found[2]) };
}
