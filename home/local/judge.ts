/**
 * The market's rules as correlator is given them.
 *
 * @module
 */
import type { Asset } from "../../protocols/ilp/asset.ts";
import { createJudge } from "../../market/judge.ts";
import type { Judge } from "../../stages/correlator.ts";
import type { SkillCatalog } from "../../skills/catalog/catalog_service.ts";
import type { LocalServiceContext } from "../../runtime/service.ts";
import { liveRules } from "./live_rules.ts";
import type { RulesOptions } from "./provider_rules.ts";

/** What a home provides; a buyer provides nothing. */
export interface JudgeOptions {
  readonly rules: RulesOptions | null;
  /** What amounts are told in. */
  readonly asset?: Asset;
}

/** Of rules that nothing changes. */
const UNFOLLOWED = { signal: AbortSignal.abort(), log: () => {} };

/** Makes the judge. */
export default function judge(
  { rules, asset }: JudgeOptions,
  { offers }: { readonly offers?: SkillCatalog } = {},
  context: Pick<LocalServiceContext, "signal" | "log"> = UNFOLLOWED,
): Judge {
  if (rules === null) return createJudge(null, undefined, asset);
  const live = liveRules(rules, offers, context);
  return createJudge(live.rules, live.takesMessage, asset);
}
