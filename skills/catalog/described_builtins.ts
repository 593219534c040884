/**
 * The builtin skills for a catalog. They are made without tools and sandbox, so they can be described but not run.
 *
 * @module
 */
import { builtinSkills } from "../builtin/builtin_skills.ts";
import type { ModelEndpoint } from "../builtin/text_generation/model_endpoint.ts";
import type { Builder } from "../sandbox/emulators.ts";
import type { BuiltinSkill } from "../skill.ts";

/** Builtin skills in the order of their priority. `builder` is the engine that builds images here, if it is known. */
export function describedBuiltins(
  platform: string,
  model: ModelEndpoint | null,
  builder: Builder | null = null,
): Promise<readonly BuiltinSkill[]> {
  return builtinSkills({
    tools: { git: null, sh: null, bwrap: null, deno: null, path: "", builder },
    sandbox: { type: "none", reason: "a catalog runs no skills" },
    policy: { ownNetwork: false, allowBuyers: [] },
    platform,
    model,
  });
}
