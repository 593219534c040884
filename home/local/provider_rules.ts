/**
 * A provider's rules as options of a stage carry them: amounts as text, so that they survive every border.
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
  /** What refusals tell amounts in; base units as such unless told. */
  readonly asset?: Asset;
  readonly prices: readonly {
    readonly kind: number;
    readonly flatUnits: string;
    readonly unitsPerKib: string;
  }[];
  /** What runs cost here, where it is not each skill's own price. */
  readonly asked: AskedPrices;
  /** Null serves everyone. */
  readonly allowBuyers: readonly string[] | null;
  /** What its skills can run; a kind that none names is not checked. */
  readonly skills?: readonly ServedSkill[];
  /** Why skills that run strangers' commands serve nobody here, e.g. that there is no sandbox; null or absent where they do. */
  readonly noCommands?: string | null;
  /** Why skills that their owner keeps out of the sandbox serve nobody; null or absent where they do. */
  readonly noTrust?: string | null;
  /** Whether inputs on loopback addresses are served: where the whole network is on loopback. */
  readonly allowLoopback?: boolean;
}

/** Prices that the provider sets itself, for a run, in decimal: before what the skills say. */
export interface AskedPrices {
  /** Of every skill that `bySkill` does not name; null leaves each its own. */
  readonly all: string | null;
  /** By the skill's name. */
  readonly bySkill: Readonly<Record<string, string>>;
}

/** No price but the skills' own. */
export const OWN_PRICES: AskedPrices = { all: null, bySkill: {} };

/** A skill as admission knows it. */
interface ServedSkill {
  readonly name: string;
  readonly kinds: readonly number[];
  readonly builtin: boolean;
  /** Null where it says nothing. */
  readonly request: RequestRules | null;
  /** Which images it builds; null or absent for a skill that builds none. */
  readonly builds?: BuildOffer | null;
  /** Why nobody is served with it here, e.g. that there is no sandbox; null where it can run. */
  readonly closed: string | null;
}

/** What admission is told of the skills. */
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

/** What each kind of job costs: what the provider asks for its skill, else what the skill says. */
export function pricesOf(
  skills: readonly Pick<OfferedSkill, "name" | "kinds" | "price">[],
  { all, bySkill }: AskedPrices,
): KindPrice[] {
  return skills.flatMap(({ name, kinds, price }) => {
    const asked = Object.hasOwn(bySkill, name) ? bySkill[name] : all;
    const { flatUnits, unitsPerKib } = asked === null
      ? price
      : { flatUnits: BigInt(asked), unitsPerKib: 0n };
    return kinds.filter(isJobRequestKind).map((kind) => ({ kind, flatUnits, unitsPerKib }));
  });
}

/** The rules of the options. */
export function rulesOf(options: RulesOptions): AdmissionRules {
  const prices = options.prices.map(({ kind, flatUnits, unitsPerKib }) => ({
    kind,
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
