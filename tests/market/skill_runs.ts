/** Runs of skills for one request. */
import { createSkillRunner } from "../../market/skill_runner.ts";
import type { SkillRunnerOptions } from "../../market/skill_runner_options.ts";
import type { HostRequest, SkillHost } from "../../skills/host/host.ts";
import type { SkillOutcome } from "../../skills/skill.ts";
import { buyerRow, NOW_S, PROVIDER, request, RULES } from "./market.ts";
import { NO_LOGS } from "./logs/no_logs.ts";

export const asked = request(5600, [["i", "hi", "text"]]);
export const bytes = new TextEncoder().encode(JSON.stringify(asked));
export const job = buyerRow(asked, {
  role: "provider",
  status: "processing",
  attempt: 1,
  amountUnits: 77n,
});
export const signal = new AbortController().signal;

export function runner(
  outcome: (request: HostRequest) => Partial<SkillOutcome>,
  more: Partial<SkillRunnerOptions> = {},
) {
  const calls: (HostRequest & { readonly by: string })[] = [];
  const answer = (by: string, request: HostRequest): Promise<SkillOutcome> => {
    calls.push({ ...request, by });
    return Promise.resolve({ status: "success", content: "", durationMs: 1, ...outcome(request) });
  };
  const host = {
    runKind: (request: HostRequest) => answer("kind", request),
    runNamed: (name: string, request: HostRequest) => answer(name, request),
    run: (_skill: unknown, request: HostRequest) => answer("kind", request),
    registry: {
      forKind: (kind: number) =>
        Promise.resolve(kind === 1 ? null : { manifest: { decrypt: kind === 1059 } }),
    },
  } as unknown as SkillHost;
  return {
    calls,
    runner: createSkillRunner({
      host,
      store: {
        ...NO_LOGS,
        sealedDebts: () => Promise.resolve({ waiting: 0, overdue: 0, paid: 0 }),
        freeJobId: () => Promise.resolve("job-free"),
        meterOf: () => Promise.resolve(null),
        quoteOf: () => Promise.resolve(null),
      },
      pubkey: PROVIDER,
      rules: () => RULES,
      limitBytes: 32_767,
      clock: () => NOW_S * 1000,
      ...more,
    }),
  };
}
