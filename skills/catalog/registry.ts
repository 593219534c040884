/**
 * Which skills there are: builtins, and folders with a `SKILL.md` and a `skill.toml`. A folder dropped in is found at the next {@link
 * SkillRegistry.scan}, without a restart; a scan reads only what changed. A bad folder is reported and hides no other.
 *
 * @module
 */
import { CARD_FILE } from "../format/skill_card.ts";
import type { BuiltinSkill, SkillManifest } from "../skill.ts";
import { problem, type ReadFolder, readSkillFolder, type SkillProblem } from "./skill_folder.ts";

/** A skill that can be run. */
export interface RegisteredSkill {
  /** What it says of itself. */
  readonly manifest: SkillManifest;
  /** Its folder; null for a builtin. */
  readonly folder: string | null;
  /** The code of a builtin; null for a folder. */
  readonly builtin: BuiltinSkill | null;
}

/** What a scan found. */
interface SkillScan {
  /** Builtins first, then folders by name. */
  readonly skills: readonly RegisteredSkill[];
  /** Folders that are no skill, and why. */
  readonly problems: readonly SkillProblem[];
}

/** Finds skills. */
export interface SkillRegistry {
  /** Looks at the folders again. Never throws for what is in them. */
  scan(): Promise<SkillScan>;
  /** The skill for a kind, after a scan; null when there is none. */
  forKind(kind: number): Promise<RegisteredSkill | null>;
  /** The skill of a name, after a scan; null when there is none. */
  named(name: string): Promise<RegisteredSkill | null>;
}

/** Where skills come from; earlier ones win. */
interface RegistryOptions {
  /** In the order in which they win. */
  readonly builtin: readonly BuiltinSkill[];
  /** Folders of skill folders, e.g. `<home>/skills`. They may be missing. */
  readonly folders: readonly string[];
  /**
   * Folders that are looked at and not used, e.g. `./.claude/skills` of a project: whoever wrote a repository would run commands on
   * the machine of everybody who works in it. What is found there is a problem `not_trusted`.
   */
  readonly untrusted?: readonly string[];
}

/** Makes a registry. Needs `read` on its folders. */
export function createSkillRegistry(
  { builtin, folders, untrusted = [] }: RegistryOptions,
): SkillRegistry {
  let known = new Map<string, ReadFolder>();
  const registry: SkillRegistry = {
    async scan() {
      const next = new Map<string, ReadFolder>();
      const skills: RegisteredSkill[] = builtin.map((skill) => ({
        manifest: skill.manifest,
        folder: null,
        builtin: skill,
      }));
      const problems: SkillProblem[] = [];
      for (const folder of await skillFolders(folders)) {
        const read = await readSkillFolder(folder, known.get(folder));
        next.set(folder, read);
        if ("code" in read.found) {
          problems.push(read.found);
          continue;
        }
        const { manifest } = read.found;
        const taken = clash(manifest, folder, skills);
        if (taken !== null) problems.push(taken);
        else skills.push({ manifest, folder, builtin: null });
      }
      known = next;
      for (const folder of await skillFolders(untrusted)) {
        if (await isThere(`${folder}/${CARD_FILE}`)) {
          problems.push(problem(folder, "not_trusted", notUsed(folder, CARD_FILE)));
        }
      }
      return { skills, problems };
    },
    async forKind(kind) {
      const { skills } = await registry.scan();
      return skills.find((skill) => skill.manifest.kinds.includes(kind)) ?? null;
    },
    async named(name) {
      const { skills } = await registry.scan();
      return skills.find((skill) => skill.manifest.name === name) ?? null;
    },
  };
  return registry;
}

/** Folders that may be skills, by name, so that what wins does not depend on the file system. */
async function skillFolders(parents: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const parent of parents) {
    const names: string[] = [];
    try {
      for await (const entry of Deno.readDir(parent)) {
        if (!entry.isFile && !entry.name.startsWith(".")) names.push(entry.name);
      }
    } catch (error) {
      if (
        !(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory)
      ) throw error;
    }
    found.push(...names.sort().map((name) => `${parent.replace(/\/+$/, "")}/${name}`));
  }
  return found;
}

function notUsed(folder: string, found: string): string {
  const parent = folder.slice(0, folder.lastIndexOf("/"));
  return `its ${found} is not used: skills of a project run only when you trust its folder; ` +
    `add skill_folders = [${JSON.stringify(parent)}] under [node] in crosstown.toml`;
}

async function isThere(file: string): Promise<boolean> {
  return (await Deno.stat(file).catch(() => null))?.isFile ?? false;
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
