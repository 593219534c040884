/**
 * The skills of this program for who only looks: with neither tools nor a sandbox, they can be described and not run.
 *
 * @module
 */
import { builtinSkills } from "../builtin/builtin_skills.ts";
import type { ModelEndpoint } from "../builtin/text_generation/model_endpoint.ts";
import type { Builder } from "../sandbox/emulators.ts";
import type { BuiltinSkill } from "../skill.ts";

/** In the order in which they win. `builder` is what builds images here, where that is known. */
export function describedBuiltins(
  platform: string,
  model: ModelEndpoint | null,
  builder: Builder | null = null,
): Promise<readonly BuiltinSkill[]> {
  return builtinSkills({
    tools: { git: null, sh: null, bwrap: null, deno: null, path: "", builder },
    sandbox: { type: "none", reason: "nothing is run by who looks" },
    policy: { ownNetwork: false, allowBuyers: [] },
    platform,
    model,
  });
}
