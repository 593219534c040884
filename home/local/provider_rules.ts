/**
 * A provider's rules as options of a stage. Amounts are text, so that they can be sent between workers.
 *
 * @module
 */
import type { Asset } from "../../protocols/ilp/asset.ts";
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import { isJobRequestKind } from "../../protocols/nostr/kinds.ts";
import type { Increment } from "../../protocols/nostr/metered.ts";
import { allowsMode, type KindPrice } from "../../market/announcement.ts";
import type { KindAccess } from "../../market/kind_access.ts";
import type { OfferedSkill } from "../../skills/catalog/catalog_service.ts";
import type { AskedPrices } from "../../skills/catalog/owner_settings.ts";
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
    readonly increment?: Increment;
    readonly modes?: readonly string[];
    readonly tokens?: {
      readonly inputUnits: string;
      readonly outputUnits: string;
      readonly mostOutput: number;
    };
  }[];
  /** The owner's prices, for skills that do not keep their own price. */
  readonly asked: AskedPrices;
  /** Null serves everyone. */
  readonly allowBuyers: readonly string[] | null;
  /** The skills and their rules. A kind without a skill here is not checked. */
  readonly skills?: readonly ServedSkill[];
  /**
   * Why skills that run strangers' commands are closed while everyone is served, e.g. because there is no sandbox; null or absent if they
   * are open.
   */
  readonly noCommands?: string | null;
  /** The same for skills that their owner runs without the sandbox. */
  readonly noTrust?: string | null;
  /** True if inputs on loopback addresses are accepted, because the whole network is on loopback. */
  readonly allowLoopback?: boolean;
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

/** The buyers that are served; null if the owner names none, and everyone is. */
export function servedBuyers(allowBuyers: readonly string[]): readonly string[] | null {
  return allowBuyers.length === 0 ? null : allowBuyers;
}

/** The facts about skills for admission. */
export function servedSkills(
  skills: readonly OfferedSkill[],
  { allowBuyers = null, noCommands = null, noTrust = null }: Partial<
    Pick<RulesOptions, "allowBuyers" | "noCommands" | "noTrust">
  >,
): ServedSkill[] {
  // The buyers on a list are no strangers.
  const open = allowBuyers !== null;
  return skills.map(({ name, kinds, builtin, request, builds, sandboxed, trusting }) => ({
    name,
    kinds,
    builtin,
    request,
    builds,
    closed: open ? null : (sandboxed ? noCommands : null) ?? (trusting ? noTrust : null),
  }));
}

/**
 * The kinds that the provider runs without a sandbox or in another than its own, or sells only to buyers whom it names. `ofBuilds` is the
 * sandbox of image builds.
 */
export function restrictedKinds(
  skills: readonly OfferedSkill[],
  { sandbox, ofBuilds = sandbox }: { readonly sandbox: string; readonly ofBuilds?: string },
  { allowBuyers, ...closed }: Pick<RulesOptions, "allowBuyers" | "noCommands" | "noTrust">,
): KindAccess[] {
  // What is closed while everyone is served can be bought only by buyers on a list.
  const strangers = servedSkills(skills, closed);
  return skills.flatMap(({ kinds, sandboxed, trusting, builds }, at) => {
    const unsandboxed = trusting || sandboxed && sandbox === "none";
    const another = builds !== null && !unsandboxed && ofBuilds !== sandbox;
    const namedBuyers = allowBuyers !== null || strangers[at].closed !== null;
    if (!unsandboxed && !another && !namedBuyers) return [];
    return kinds.filter(isJobRequestKind).map((kind) => ({
      kind,
      unsandboxed,
      ...another && { sandbox: ofBuilds },
      namedBuyers,
    }));
  });
}

/** The price of each kind: the provider's own price for its skill, otherwise the skill's price. */
export function pricesOf(
  skills: readonly Pick<OfferedSkill, "name" | "kinds" | "price">[],
  { all, bySkill, modes = {} }: AskedPrices,
): KindPrice[] {
  return skills.flatMap(({ name, kinds, price }) => {
    const asked = Object.hasOwn(bySkill, name) ? bySkill[name] : all;
    const { flatUnits, unitsPerKib } = asked === null
      ? price
      : { flatUnits: BigInt(asked), unitsPerKib: 0n };
    const allowed = Object.hasOwn(modes, name) ? { modes: modes[name] } : {};
    const increment = allowsMode(allowed, "metered") ? price.increment : undefined;
    // The owner's prices are for the run. Tokens cost what the settings of the model say, in any case.
    const { tokens } = price;
    const metered = increment !== undefined && flatUnits + unitsPerKib > 0n ? { increment } : {};
    return kinds.filter(isJobRequestKind).map((kind) => ({
      kind,
      flatUnits,
      unitsPerKib,
      ...metered,
      ...allowed,
      ...tokens !== undefined && { tokens },
    }));
  });
}

/** Prices as options. */
export function priceOptions(prices: readonly KindPrice[]): RulesOptions["prices"] {
  return prices.map(({ flatUnits, unitsPerKib, tokens, ...others }) => ({
    ...others,
    flatUnits: String(flatUnits),
    unitsPerKib: String(unitsPerKib),
    ...tokens !== undefined && {
      tokens: {
        ...tokens,
        inputUnits: String(tokens.inputUnits),
        outputUnits: String(tokens.outputUnits),
      },
    },
  }));
}

/** The rules of the options. */
export function rulesOf(options: RulesOptions): AdmissionRules {
  const prices = options.prices.map(({ flatUnits, unitsPerKib, tokens, ...others }) => ({
    ...others,
    flatUnits: BigInt(flatUnits),
    unitsPerKib: BigInt(unitsPerKib),
    ...tokens !== undefined && {
      tokens: {
        ...tokens,
        inputUnits: BigInt(tokens.inputUnits),
        outputUnits: BigInt(tokens.outputUnits),
      },
    },
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
