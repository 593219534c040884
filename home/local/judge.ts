/**
 * Makes the market's rules for the correlator.
 *
 * @module
 */
import { systemTimers } from "../../base/timers.ts";
import type { Asset } from "../../protocols/ilp/asset.ts";
import type { Quote } from "../../protocols/nostr/job_quote.ts";
import { createVerifier } from "../../protocols/nostr/verifier.ts";
import { createJudge } from "../../market/judge.ts";
import { atRate, OPENINGS } from "../../market/private/opening_rate.ts";
import { openWrap } from "../../market/private/open_wrap.ts";
import type { Signer } from "../../money/signer/signer.ts";
import type { Judge } from "../../stages/correlator.ts";
import type { SkillCatalog } from "../../skills/catalog/catalog_service.ts";
import type { LocalServiceContext } from "../../runtime/service.ts";
import { liveRules } from "./live_rules.ts";
import type { RulesOptions } from "./provider_rules.ts";

/** What a home provides. A buyer provides nothing. */
export interface JudgeOptions {
  readonly rules: RulesOptions | null;
  /** The asset of the amounts in messages. */
  readonly asset?: Asset;
  /** The chain of the quotes that count. Without it, none does. */
  readonly chain?: Quote["chain"];
}

/** For rules that never change. */
const UNFOLLOWED = { signal: AbortSignal.abort(), log: () => {} };

/** Makes the judge. */
export default async function judge(
  { rules, asset, chain }: JudgeOptions,
  { offers, signer }: { readonly offers?: SkillCatalog; readonly signer?: Signer } = {},
  context: Pick<LocalServiceContext, "signal" | "log"> = UNFOLLOWED,
): Promise<Judge> {
  const verifier = await createVerifier();
  const turn = atRate(OPENINGS, systemTimers);
  const live = rules === null ? null : liveRules(rules, offers, context);
  return {
    ...createJudge(live?.rules ?? null, live?.takesMessage, asset, chain),
    async open(wrap) {
      if (signer === undefined) return null;
      await turn();
      return await openWrap(wrap, signer, verifier);
    },
  };
}
