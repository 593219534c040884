/** The skills of this program are listed in one place: names, checks and code are of the same skills. */
import assert from "node:assert/strict";
import {
  BUILTIN_CHECKS,
  BUILTIN_NAMES,
  builtinSkills,
} from "../../skills/builtin/builtin_skills.ts";

Deno.test("builtinSkills() gives every listed skill, each under the name that it is listed by", async () => {
  const skills = await builtinSkills({
    tools: { git: null, sh: null, bwrap: null, deno: null, path: "" },
    sandbox: { type: "none", reason: "a test" },
    policy: { ownNetwork: false, allowBuyers: [] },
    platform: "linux/amd64",
  });
  // Without a model server there is no text generation.
  const names = BUILTIN_NAMES.filter((name) => name !== "text-generation");
  assert.deepEqual(skills.map(({ manifest }) => manifest.name), names);
  for (const name of BUILTIN_CHECKS.keys()) assert(BUILTIN_NAMES.includes(name), name);
});
