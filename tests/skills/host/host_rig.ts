/** A host of skills, and requests for it. */
import { createSkillHost, type HostRequest, type SkillHost } from "../../../skills/host/host.ts";
import { createSkillRegistry } from "../../../skills/catalog/registry.ts";
import type { BuiltinSkill } from "../../../skills/skill.ts";
import { requestEvent, sandbox, tools } from "../machine.ts";

export const policy = { ownNetwork: true, allowBuyers: [] };

export function hostRequest(kind: number, more: Partial<HostRequest> = {}): HostRequest {
  const event = requestEvent(kind, [["i", "hello", "text"]]);
  return {
    jobId: "job-1111111",
    attempt: 1,
    bytes: new TextEncoder().encode(JSON.stringify(event)),
    encoding: "json",
    kind,
    event,
    maxContentBytes: 60_000,
    ...more,
  };
}

export function hostOf(
  folder: string,
  more: Partial<Parameters<typeof createSkillHost>[0]> & { readonly builtin?: BuiltinSkill[] } = {},
): SkillHost {
  return createSkillHost({
    registry: createSkillRegistry({
      approvals: null,
      builtin: more.builtin ?? [],
      folders: [`${folder}/skills`],
    }),
    workFolder: `${folder}/work`,
    tools,
    sandbox,
    policy,
    clock: Date.now,
    ...more,
  });
}
