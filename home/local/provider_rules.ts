/**
 * A provider's rules as options of a stage. Amounts are text, so that they can be sent between workers.
 *
 * @module
 */
import type { Asset } from "../../protocols/ilp/asset.ts";
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import { isJobRequestKind } from "../../protocols/nostr/kinds.ts";
import type { KindPrice } from "../../market/announcement.ts";
import type { OfferedSkill } from "../../skills/catalog/catalog_service.ts";
import type { AdmissionRules } from "../../market/admission.ts";
import { BUILTIN_CHECKS } from "../../skills/builtin/builtin_skills.ts";
import { ANY_REQUEST, checkRequest, type RequestRules } from "../../skills/request_rules.ts";
import type { BuildOffer } from "../../skills/skill.ts";
import { SkillError } from "../../skills/skill_error.ts";

/** What a provider serves, as options. */
export interface RulesOptions {
  readonly pubkey: string;
  readonly platform: string;
  /** The asset of amounts in refusals; base units by default. */
  readonly asset?: Asset;
  readonly prices: readonly {
    readonly kind: number;
    readonly flatUnits: string;
    readonly unitsPerKib: string;
    readonly incrementS?: number;
  }[];
  /** The owner's prices, for skills that do not keep their own price. */
  readonly asked: AskedPrices;
  /** Null serves everyone. */
  readonly allowBuyers: readonly string[] | null;
  /** The skills and their rules. A kind without a skill here is not checked. */
  readonly skills?: readonly ServedSkill[];
  /** Why skills that run strangers' commands are closed here, e.g. because there is no sandbox; null or absent if they are open. */
  readonly noCommands?: string | null;
  /** Why skills that their owner runs without the sandbox are closed; null or absent if they are open. */
  readonly noTrust?: string | null;
  /** True if inputs on loopback addresses are accepted, because the whole network is on loopback. */
  readonly allowLoopback?: boolean;
}

/** The provider's own prices for a run, in decimal. They take precedence over the skills' prices. */
export interface AskedPrices {
  /** The price of every skill that `bySkill` does not name; null means each skill's own price. */
  readonly all: string | null;
  /** By the skill's name. */
  readonly bySkill: Readonly<Record<string, string>>;
}

/** No own prices. */
export const OWN_PRICES: AskedPrices = { all: null, bySkill: {} };

/** The facts about a skill that admission needs. */
interface ServedSkill {
  readonly name: string;
  readonly kinds: readonly number[];
  readonly builtin: boolean;
  /** Null if it states none. */
  readonly request: RequestRules | null;
  /** The images that it builds; null or absent if it builds none. */
  readonly builds?: BuildOffer | null;
  /** Why the skill is closed here, e.g. because there is no sandbox; null if it can run. */
  readonly closed: string | null;
}

/** The facts about skills for admission. */
export function servedSkills(
  skills: readonly OfferedSkill[],
  { noCommands = null, noTrust = null }: Pick<RulesOptions, "noCommands" | "noTrust">,
): ServedSkill[] {
  return skills.map(({ name, kinds, builtin, request, builds, sandboxed, trusting }) => ({
    name,
    kinds,
    builtin,
    request,
    builds,
    closed: (sandboxed ? noCommands : null) ?? (trusting ? noTrust : null),
  }));
}

/** The price of each kind: the provider's own price for its skill, otherwise the skill's price. */
export function pricesOf(
  skills: readonly Pick<OfferedSkill, "name" | "kinds" | "price">[],
  { all, bySkill }: AskedPrices,
): KindPrice[] {
  return skills.flatMap(({ name, kinds, price }) => {
    const asked = Object.hasOwn(bySkill, name) ? bySkill[name] : all;
    const { flatUnits, unitsPerKib } = asked === null
      ? price
      : { flatUnits: BigInt(asked), unitsPerKib: 0n };
    const { incrementS } = price;
    const metered = incrementS !== undefined && flatUnits + unitsPerKib > 0n ? { incrementS } : {};
    return kinds.filter(isJobRequestKind).map((kind) => ({
      kind,
      flatUnits,
      unitsPerKib,
      ...metered,
    }));
  });
}

/** The rules of the options. */
export function rulesOf(options: RulesOptions): AdmissionRules {
  const prices = options.prices.map(({ flatUnits, unitsPerKib, ...others }) => ({
    ...others,
    flatUnits: BigInt(flatUnits),
    unitsPerKib: BigInt(unitsPerKib),
  }));
  const { pubkey, platform, asset, allowBuyers } = options;
  return {
    pubkey,
    platform,
    asset,
    prices,
    allowBuyers,
    check: (event, encrypted) => checkOf(options, event, encrypted),
  };
}

function checkOf(
  { skills = [], allowLoopback = false }: RulesOptions,
  event: NostrEvent,
  encrypted: boolean,
): ReturnType<NonNullable<AdmissionRules["check"]>> {
  const skill = skills.find(({ kinds }) => kinds.includes(event.kind));
  if (skill?.closed) return { fault: "sandbox_required", message: skill.closed };
  try {
    checkRequest(event, skill?.request ?? ANY_REQUEST);
    if (skill?.builtin) {
      const builds = skill.builds ?? { platforms: [], bases: [] };
      BUILTIN_CHECKS.get(skill.name)?.(event, { allowLoopback, encrypted, builds });
    }
    return null;
  } catch (error) {
    if (!(error instanceof SkillError)) throw error;
    const fault = error.code === "wrong_platform" ? error.code : "bad_input";
    return { fault, message: error.message };
  }
}
