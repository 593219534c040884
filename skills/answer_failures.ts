/**
 * Turns the failures of a builtin skill into outcomes.
 *
 * @module
 */
import type { BuiltinSkill } from "./skill.ts";
import { SkillError } from "./skill_error.ts";

/** Wraps the `run` of a skill. If it throws a SkillError, the outcome has the status `error` and the error's code and message. */
export function answerFailures(run: BuiltinSkill["run"]): BuiltinSkill["run"] {
  return async (request, context) => {
    const startedAtMs = context.clock();
    try {
      return await run(request, context);
    } catch (error) {
      if (!(error instanceof SkillError)) throw error;
      const durationMs = context.clock() - startedAtMs;
      return { status: "error", errorCode: error.code, content: error.message, durationMs };
    }
  };
}
