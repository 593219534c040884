/**
 * A provider's rules, updated while it runs when its skill catalog finds new skills.
 *
 * Held: one question to the catalog. If the catalog cannot be asked, the rules stay the same, and the log says so.
 *
 * @module
 */
import type { AdmissionRules } from "../../market/admission.ts";
import { isMarketKind } from "../../protocols/nostr/kinds.ts";
import type {
  OfferedSkill,
  SkillCatalog,
  SkillOffers,
} from "../../skills/catalog/catalog_service.ts";
import { followVersions } from "../../base/follow_versions.ts";
import type { LocalServiceContext } from "../../runtime/service.ts";
import {
  pricesOf,
  rulesOf,
  type RulesOptions,
  servedBuyers,
  servedSkills,
} from "./provider_rules.ts";

/** Rules that may change while a provider runs. */
interface LiveRules {
  /** The current rules. */
  readonly rules: () => AdmissionRules;
  /** Whether a skill accepts events of this kind that are not job requests. */
  readonly takesMessage: (kind: number) => boolean;
  /** Resolves when the catalog has answered once or cannot be asked. Until then, the rules are those of the options. */
  readonly known: Promise<void>;
}

/** The rules from the options, updated from the catalog if there is one. */
export function liveRules(
  options: RulesOptions,
  catalog: Pick<SkillCatalog, "changed"> | undefined,
  context: Pick<LocalServiceContext, "signal" | "log">,
): LiveRules {
  let rules = rulesOf(options);
  let messages: readonly number[] = [];
  const take = ({ skills, owner }: SkillOffers) => {
    const asked = owner?.asked ?? options.asked;
    const allowBuyers = owner === null ? options.allowBuyers : servedBuyers(owner.allowBuyers);
    const served = servedSkills(skills, { ...options, allowBuyers });
    const prices = pricesOf(skills, asked);
    rules = { ...rulesOf({ ...options, allowBuyers, skills: served }), prices };
    messages = messageKinds(skills).map(({ kind }) => kind);
  };
  const { promise: known, resolve } = Promise.withResolvers<void>();
  const tell = (offers: SkillOffers) => {
    take(offers);
    resolve();
  };
  if (catalog === undefined) resolve();
  else void followVersions(catalog, tell, context).then(resolve);
  return { rules: () => rules, takesMessage: (kind) => messages.includes(kind), known };
}

/** The kinds beside job requests for which a provider listens. */
function messageKinds(
  skills: readonly OfferedSkill[],
): { readonly kind: number; readonly addressed: boolean }[] {
  return skills.flatMap(({ kinds, addressed }) =>
    kinds.filter((kind) => !isMarketKind(kind)).map((kind) => ({ kind, addressed }))
  );
}
