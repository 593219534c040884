/**
 * The callback skills of a buyer: looked for only when a job names one, since most do not.
 *
 * @module
 */
import type { Home } from "../pipeline/home.ts";
import type { SkillSet } from "../pipeline/inbound.ts";
import { hostingOf } from "../pipeline/provider.ts";

const CONCURRENCY = 8;

/** The skill set of a buyer's answers; `path` and `execPath` are where tools are looked for. */
export async function buyerSkills(
  home: Home,
  options: {
    readonly callbacks: boolean;
    readonly limitBytes: number;
    readonly path: string;
    readonly execPath: string;
    readonly platform: string;
  },
): Promise<SkillSet> {
  const common = {
    pubkey: home.identity.pubkey,
    concurrency: CONCURRENCY,
    limitBytes: options.limitBytes,
    rules: null,
  };
  if (!options.callbacks) return { options: { ...common, hosting: null }, permissions: {} };
  const { hosting, permissions } = await hostingOf(home, { ...options, allowBuyers: [] });
  return { options: { ...common, hosting }, permissions };
}
