/**
 * The market's rules as correlator is given them.
 *
 * @module
 */
import { createJudge } from "../../services/market/judge.ts";
import type { Judge } from "../../stages/correlator.ts";
import { rulesOf, type RulesOptions } from "./provider_rules.ts";

/** What a home provides; a buyer provides nothing. */
export interface JudgeOptions {
  readonly rules: RulesOptions | null;
}

/** Makes the judge. */
export default function judge({ rules }: JudgeOptions): Judge {
  if (rules === null) return createJudge(null);
  const made = rulesOf(rules);
  return createJudge(() => made);
}
