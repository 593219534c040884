/**
 * A buyer's requirements of a provider, e.g. `arch=amd64,memory>=8G`, and whether an announcement meets them. An announcement that does not
 * state a value does not meet a requirement of it.
 *
 * @module
 */
import type { Announcement } from "./announcement.ts";
import { accessOfKind } from "./kind_access.ts";
import { modesOfKind, NO_OFFER } from "./offer.ts";
import { InputError } from "./packing/input_error.ts";

/** One requirement. It survives a structured clone. */
export type Requirement =
  | { readonly field: WordField; readonly value: string }
  | { readonly field: SizeField; readonly least: number };

type WordField = "arch" | "platform" | "engine" | "tier" | "mode";
type SizeField = "cpu" | "memory" | "disk" | "speed";

const WORDS: readonly string[] = ["arch", "platform", "engine", "tier", "mode"];
const SIZES: readonly string[] = ["cpu", "memory", "disk", "speed"];

/** Other common names of architectures. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x86_64: "amd64", aarch64: "arm64" };

/** Sandboxes, from the weakest to the strongest. A requirement is also met by a stronger sandbox. */
const TIERS: readonly string[] = ["none", "bubblewrap", "runsc", "runsc+kvm"];
/** The end of the name of a tier whose limits the kernel enforces. */
const BY_KERNEL = "+cgroup";

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  K: 2 ** 10,
  M: 2 ** 20,
  G: 2 ** 30,
  T: 2 ** 40,
};

/**
 * Reads requirements, separated by commas: `arch=`, `platform=`, `engine=`, `tier=`, `mode=` with a word; `cpu>=`, `memory>=`, `disk>=`,
 * `speed>=` (SHA-256 on one processor, bytes a second) with a number, which may end in K, M, G or T. Throws InputError `bad_requirement`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseRequirements } from "./requirement.ts";
 *
 * assert.deepEqual(parseRequirements("arch=amd64,memory>=8G"), [
 *   { field: "arch", value: "amd64" },
 *   { field: "memory", least: 8 * 2 ** 30 },
 * ]);
 * ```
 */
export function parseRequirements(text: string): Requirement[] {
  return text.split(",").map((part) => part.trim()).filter((part) => part !== "").map(oneOf);
}

function oneOf(text: string): Requirement {
  const [, field = "", sign = "", value = ""] = /^([a-z]+)(>=|=)(.+)$/.exec(text) ?? [];
  if (sign === "=" && WORDS.includes(field) && /^[A-Za-z0-9._/+-]{1,64}$/.test(value)) {
    return { field: field as WordField, value: ARCHITECTURES[value] ?? value };
  }
  if (sign === ">=" && SIZES.includes(field)) {
    return { field: field as SizeField, least: sizeOf(value) };
  }
  throw bad(text);
}

/** The number of bytes, or the count, in `8G`, `512M`, `4`. Throws InputError `bad_requirement`. */
export function sizeOf(text: string): number {
  const [, count, unit = ""] = /^(\d{1,15}(?:\.\d{1,3})?)([KMGT]?)i?B?$/i.exec(text) ?? [];
  if (count === undefined) throw bad(text);
  return Math.ceil(Number(count) * UNITS[unit.toUpperCase()]);
}

function bad(text: string): InputError {
  return new InputError("bad_requirement", `Cannot read the requirement ${JSON.stringify(text)}`, {
    suggestion: `Write e.g. arch=amd64,memory>=8G; words: ${WORDS.join(", ")} with =; sizes: ${
      SIZES.join(", ")
    } with >=`,
  });
}

/** The parts of an announcement that requirements name. */
type Required = Pick<Announcement, "platform" | "sandbox" | "access" | "offer">;

/** Whether an announcement meets all of them, for jobs of this kind; null for its jobs in general. */
export function meets(
  announcement: Required,
  requirements: readonly Requirement[],
  kind: number | null,
): boolean {
  return unmet(announcement, requirements, kind).length === 0;
}

/** Those of the requirements that an announcement does not meet. */
export function unmet(
  announcement: Required,
  requirements: readonly Requirement[],
  kind: number | null,
): Requirement[] {
  const sandbox = sandboxOf(announcement, kind);
  return requirements.filter((requirement) =>
    !isMet({ ...announcement, sandbox }, requirement, kind)
  );
}

/** The sandbox in which jobs of this kind run; null if the provider does not say. */
export function sandboxOf(
  announcement: Pick<Required, "sandbox" | "access">,
  kind: number | null,
): string | null {
  if (kind === null) return announcement.sandbox;
  const { unsandboxed, sandbox } = accessOfKind(announcement, kind);
  return unsandboxed ? "none" : sandbox ?? announcement.sandbox;
}

function isMet(
  { platform, sandbox, offer = NO_OFFER }: Required,
  requirement: Requirement,
  kind: number | null,
): boolean {
  if ("least" in requirement) {
    const has = {
      cpu: offer.cpus,
      memory: offer.memoryBytes,
      disk: offer.diskBytes,
      speed: offer.benchmark?.cpuBytesS ?? null,
    }[requirement.field];
    return has !== null && has >= requirement.least;
  }
  const { field, value } = requirement;
  switch (field) {
    case "arch":
      return architectureOf(platform) === value;
    case "platform":
      return platform === value;
    case "engine":
      return offer.engines.includes(value);
    case "mode":
      return modesOfKind(offer, kind).includes(value);
    case "tier":
      return sandbox !== null && isAtLeast(sandbox, value);
  }
}

/** Whether one tier is as strong as another. A name that is not known here is only as strong as itself. */
function isAtLeast(tier: string, wanted: string): boolean {
  const [has, least] = [tier, wanted].map((name) => ({
    rank: TIERS.indexOf(name.endsWith(BY_KERNEL) ? name.slice(0, -BY_KERNEL.length) : name),
    byKernel: name.endsWith(BY_KERNEL),
  }));
  if (least.rank < 0) return tier === wanted;
  return has.rank >= least.rank && (has.byKernel || !least.byKernel);
}

/** `amd64` from `linux/amd64`. Null if no platform is named. */
function architectureOf(platform: string | null): string | null {
  return platform?.split("/")[1] ?? null;
}

/** Requirements as they are stored with a job. */
export function storedRequirements(requirements: readonly Requirement[]): string {
  return JSON.stringify(requirements);
}

/** The requirements of a stored job. Only this program writes them. */
export function requirementsOfJob(stored: string | null): readonly Requirement[] {
  return stored === null ? [] : JSON.parse(stored) as Requirement[];
}

/** Requirements as text for people, in the form in which they are typed. */
export function requirementsText(requirements: readonly Requirement[]): string {
  return requirements.map((each) =>
    "least" in each ? `${each.field}>=${sizeText(each.least)}` : `${each.field}=${each.value}`
  ).join(",");
}

/** A number in the largest unit of which it is a multiple: `8G`. */
function sizeText(count: number): string {
  const [name, unit] = Object.entries(UNITS).findLast(([, unit]) => count % unit === 0)!;
  return count === 0 ? "0" : `${count / unit}${name}`;
}
