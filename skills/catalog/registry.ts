/**
 * The registry of skills: builtins, and folders with a `SKILL.md` and a `skill.toml`. The next {@link SkillRegistry.scan} finds a new
 * folder without a restart. A scan reads only changed folders. An invalid folder is reported and does not affect others.
 *
 * @module
 */
import type { BuiltinSkill, SkillManifest } from "../skill.ts";
import { SkillError } from "../skill_error.ts";
import { type Approval, type Approvals, readApprovals } from "./approvals.ts";
import { contentOf, type SkillContent } from "./skill_content.ts";
import { problem, type ReadFolder, readSkillFolder, type SkillProblem } from "./skill_folder.ts";
import { isMissing } from "../../base/files/missing.ts";

/** A skill that can be run. */
export interface RegisteredSkill {
  /** Its manifest. */
  readonly manifest: SkillManifest;
  /** Its folder; null for a builtin. */
  readonly folder: string | null;
  /** The code of a builtin; null for a folder. */
  readonly builtin: BuiltinSkill | null;
  /** The hash of its files, which was approved. Missing for a builtin, and where approvals are not checked. */
  readonly sha256?: string;
}

/** The result of a scan. */
export interface SkillScan {
  /** Builtins first, then folders by name. */
  readonly skills: readonly RegisteredSkill[];
  /** Folders that are not a usable skill, with the reason. */
  readonly problems: readonly SkillProblem[];
}

/** Finds skills. */
export interface SkillRegistry {
  /** Scans the folders again. Never throws because of their contents. */
  scan(): Promise<SkillScan>;
  /** The skill for a kind: a builtin, otherwise one from a scan; null if there is none. */
  forKind(kind: number): Promise<RegisteredSkill | null>;
  /** The skill with a name, in the same way. */
  named(name: string): Promise<RegisteredSkill | null>;
}

/** The sources of skills. Earlier ones have priority. */
interface RegistryOptions {
  /** The builtin skills in the order of their priority. */
  readonly builtin: readonly BuiltinSkill[];
  /** Folders of skill folders, for example `<home>/skills`. They may be missing. */
  readonly folders: readonly string[];
  /**
   * The files of approvals ({@link ./approvals.ts}); of two approvals of one name the earlier file's counts. Null if every skill may run:
   * when its author tries it, and in tests.
   */
  readonly approvals: readonly string[] | null;
}

/** The read folder, and its content if approvals are checked. */
type Known = { readonly read: ReadFolder; readonly content?: SkillContent };

/**
 * A folder that changes while it is read is read again, this often and after this many milliseconds: a paid job does not fail because its
 * skill was looked at in the wrong moment.
 */
const UNREADABLE_TRIES = 5;
const UNREADABLE_MS = 100;

async function approvalsIn(files: readonly string[]): Promise<Approvals> {
  const found = await Promise.all(files.map(readApprovals));
  return Object.assign({}, ...found.reverse());
}

/** Makes a registry. It needs `read` permission for its folders. */
export function createSkillRegistry(
  { builtin, folders, approvals }: RegistryOptions,
): SkillRegistry {
  const builtins: readonly RegisteredSkill[] = builtin.map((skill) => ({
    manifest: skill.manifest,
    folder: null,
    builtin: skill,
  }));
  let known = new Map<string, Known>();
  const registry: SkillRegistry = {
    async scan() {
      const next = new Map<string, Known>();
      const skills = [...builtins];
      const problems: SkillProblem[] = [];
      const approved = approvals === null ? null : await approvalsIn(approvals);
      for (const folder of await skillFolders(folders)) {
        const before = known.get(folder);
        const read = await readSkillFolder(folder, before?.read);
        next.set(folder, { read });
        if ("code" in read.found) {
          problems.push(read.found);
          continue;
        }
        const { manifest } = read.found;
        let approval: Approval | undefined;
        let sha256: string | undefined;
        if (approved !== null) {
          const content = await pinned(folder, read, before?.content);
          if ("code" in content) {
            problems.push(content);
            continue;
          }
          next.set(folder, { read, content });
          sha256 = content.sha256;
          approval = Object.hasOwn(approved, manifest.name) ? approved[manifest.name] : undefined;
          if (approval?.sha256 !== content.sha256) {
            problems.push(unapproved(folder, manifest.name, approval));
            continue;
          }
        }
        const taken = clash(manifest, folder, skills);
        if (taken !== null) problems.push(taken);
        else skills.push({ manifest: priced(manifest, approval), folder, builtin: null, sha256 });
      }
      known = next;
      return { skills, problems };
    },
    forKind: (kind) => first(({ manifest }) => manifest.kinds.includes(kind)),
    named: (name) => first(({ manifest }) => manifest.name === name),
  };
  const first = async (fits: (skill: RegisteredSkill) => boolean) => {
    const own = builtins.find(fits);
    if (own !== undefined) return own;
    for (let left = UNREADABLE_TRIES;; left--) {
      const { skills, problems } = await registry.scan();
      const found = skills.find(fits);
      if (found !== undefined) return found;
      if (left === 0 || !problems.some(({ code }) => code === "unreadable")) return null;
      await new Promise((resolve) => setTimeout(resolve, UNREADABLE_MS));
    }
  };
  return registry;
}

/** The folders that may be skills, sorted by name, so that priority does not depend on the file system. */
async function skillFolders(parents: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const parent of parents) {
    const names: string[] = [];
    try {
      for await (const entry of Deno.readDir(parent)) {
        if (!entry.isFile && !entry.name.startsWith(".")) names.push(entry.name);
      }
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    found.push(...names.sort().map((name) => `${parent.replace(/\/+$/, "")}/${name}`));
  }
  return found;
}

/** Reads the content of a folder, and checks that its two files have not changed since they were read. */
async function pinned(
  folder: string,
  read: ReadFolder,
  before: SkillContent | undefined,
): Promise<SkillContent | SkillProblem> {
  try {
    const content = await contentOf(folder, before);
    if (await readSkillFolder(folder, read) === read) return content;
    return problem(folder, "unreadable", "it changed while it was read");
  } catch (error) {
    if (error instanceof SkillError) return problem(folder, error.code, error.message);
    return problem(folder, "unreadable", error instanceof Error ? error.message : String(error));
  }
}

function unapproved(folder: string, name: string, before: Approval | undefined): SkillProblem {
  const what = before === undefined ? "is new" : `changed since ${before.approvedAt}`;
  const code = before === undefined ? "not_approved" : "changed";
  return problem(
    folder,
    code,
    `${name} ${what}: 'crosstown skill approve ${name}' shows what it may do, and lets it run`,
  );
}

/** The manifest with the owner's price, if there is one. */
function priced(manifest: SkillManifest, approval: Approval | undefined): SkillManifest {
  if (approval?.price === undefined) return manifest;
  const { flatUnits, unitsPerKib } = approval.price;
  return {
    ...manifest,
    price: { ...manifest.price, flatUnits: BigInt(flatUnits), unitsPerKib: BigInt(unitsPerKib) },
  };
}

function clash(
  manifest: SkillManifest,
  folder: string,
  skills: readonly RegisteredSkill[],
): SkillProblem | null {
  for (const other of skills) {
    const where = other.folder ?? "a builtin";
    if (other.manifest.name === manifest.name) {
      return problem(folder, "name_taken", `the name ${manifest.name} is taken by ${where}`);
    }
    const kind = manifest.kinds.find((kind) => other.manifest.kinds.includes(kind));
    if (kind !== undefined) {
      return problem(folder, "kind_taken", `kind ${kind} is handled by ${where}`);
    }
  }
  return null;
}
