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
import type { LocalServiceContext } from "../../runtime/service.ts";
import { pricesOf, rulesOf, type RulesOptions, servedSkills } from "./provider_rules.ts";

/** Rules that may change while a provider runs. */
interface LiveRules {
  /** The current rules. */
  readonly rules: () => AdmissionRules;
  /** Whether a skill accepts events of this kind that are not job requests. */
  readonly takesMessage: (kind: number) => boolean;
}

/** How long one question waits, in milliseconds. */
const WAIT_MS = 30_000;

/** The rules from the options, updated from the catalog if there is one. */
export function liveRules(
  options: RulesOptions,
  catalog: Pick<SkillCatalog, "changed"> | undefined,
  context: Pick<LocalServiceContext, "signal" | "log">,
): LiveRules {
  let rules = rulesOf(options);
  let messages: readonly number[] = [];
  const take = ({ skills }: SkillOffers) => {
    const served = servedSkills(skills, options);
    const prices = pricesOf(skills, options.asked);
    rules = { ...rulesOf({ ...options, skills: served }), prices };
    messages = messageKinds(skills).map(({ kind }) => kind);
  };
  if (catalog !== undefined) void followOffers(catalog, take, context);
  return { rules: () => rules, takesMessage: (kind) => messages.includes(kind) };
}

/** Reports the skills now and after each change, until the signal. Never rejects. */
export async function followOffers(
  catalog: Pick<SkillCatalog, "changed">,
  tell: (offers: SkillOffers) => void,
  { signal, log }: Pick<LocalServiceContext, "signal" | "log">,
): Promise<void> {
  for (let version = 0; !signal.aborted;) {
    try {
      const offers = await catalog.changed(version, version === 0 ? 0 : WAIT_MS);
      if (signal.aborted) return;
      if (offers.version !== version) tell(offers);
      version = offers.version;
    } catch (error) {
      if (!signal.aborted) {
        const message = error instanceof Error ? error.message : String(error);
        log("error", "changes of skills are not seen any more", { error: message });
      }
      return;
    }
  }
}

/** The kinds beside job requests for which a provider listens. */
function messageKinds(
  skills: readonly OfferedSkill[],
): { readonly kind: number; readonly addressed: boolean }[] {
  return skills.flatMap(({ kinds, addressed }) =>
    kinds.filter((kind) => !isMarketKind(kind)).map((kind) => ({ kind, addressed }))
  );
}
