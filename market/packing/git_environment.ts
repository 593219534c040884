/**
 * The part of the user's environment that git receives when it lists a folder's files.
 *
 * @module
 */
import type { VariableName } from "../../config/environment.ts";
import { InputError } from "./input_error.ts";

/** Variables that tell git where the user's settings are and which folders belong to a repository. */
const KEPT: readonly VariableName[] = [
  "HOME",
  "XDG_CONFIG_HOME",
  "SUDO_UID",
  "GIT_CONFIG_GLOBAL",
  "GIT_CONFIG_SYSTEM",
  "GIT_CONFIG_NOSYSTEM",
  "GIT_CONFIG_PARAMETERS",
  "GIT_CONFIG_COUNT",
  "GIT_CEILING_DIRECTORIES",
  "GIT_DISCOVERY_ACROSS_FILESYSTEM",
];

/** With one of these variables, git answers for another repository than the folder's own. */
const ELSEWHERE: readonly VariableName[] = [
  "GIT_DIR",
  "GIT_WORK_TREE",
  "GIT_COMMON_DIR",
  "GIT_INDEX_FILE",
  "GIT_OBJECT_DIRECTORY",
  "GIT_ALTERNATE_OBJECT_DIRECTORIES",
  "GIT_IMPLICIT_WORK_TREE",
  "GIT_NO_REPLACE_OBJECTS",
  "GIT_REPLACE_REF_BASE",
];

/** The most settings that an environment may give. */
const MAX_SETTINGS = 100;

/**
 * The variables that git receives.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { gitEnvironment } from "./git_environment.ts";
 *
 * const env = { HOME: "/home/me", EDITOR: "vi", GIT_TRACE: "1" };
 * assert.deepEqual(gitEnvironment((name) => env[name as "HOME"]), { HOME: "/home/me" });
 * ```
 *
 * @throws {InputError} `git_failed` if a variable makes git use another repository
 */
export function gitEnvironment(
  env: (name: VariableName) => string | undefined,
): Readonly<Record<string, string>> {
  for (const name of ELSEWHERE) {
    if (env(name) === undefined) continue;
    throw new InputError(
      "git_failed",
      `Cannot tell which files to send: ${name} is set, so git would answer for another repository`,
      {
        suggestion:
          `Run it without: env -u ${name} crosstown ..., or send everything except .git with --include-ignored`,
      },
    );
  }
  const settings = settingsOf(env("GIT_CONFIG_COUNT"));
  return Object.fromEntries(
    [...KEPT, ...settings].flatMap((name) => {
      const value = env(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function settingsOf(count: string | undefined): VariableName[] {
  if (count === undefined || count === "") return [];
  const length = Number(count);
  if (!Number.isInteger(length) || length < 0 || length > MAX_SETTINGS) {
    throw new InputError(
      "git_failed",
      `GIT_CONFIG_COUNT must be 0 to ${MAX_SETTINGS} (got ${count})`,
    );
  }
  return Array.from(
    { length },
    (_, at) => [`GIT_CONFIG_KEY_${at}`, `GIT_CONFIG_VALUE_${at}`] as const,
  )
    .flat();
}
