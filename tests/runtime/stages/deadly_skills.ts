/** The real skill runner over a host that returns the contents; one content breaks the worker. */
import { createSkillRunner, type SkillRunner } from "../../../market/skill_runner.ts";
import type { LocalServiceContext } from "../../../runtime/service.ts";
import type { Store } from "../../../store/store.ts";
import type { HostRequest, SkillHost } from "../../../skills/host/host.ts";

export function deadlySkills(
  { pubkey }: { readonly pubkey: string },
  { store }: { readonly store: Store },
  { clock }: LocalServiceContext,
): SkillRunner {
  const host = {
    runKind({ event }: HostRequest) {
      if (event.content !== "deadly") {
        return Promise.resolve({ status: "success", content: event.content, durationMs: 1 });
      }
      setTimeout(() => {
        throw new Error("the skill broke its worker");
      });
      return new Promise(() => {});
    },
  } as unknown as SkillHost;
  return createSkillRunner({
    host,
    store,
    pubkey: pubkey as never,
    rules: null,
    limitBytes: 32_767,
    clock,
  });
}
