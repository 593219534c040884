/**
 * Which skills there are: builtins, and folders with a `skill.toml`. A folder dropped in is found at the next {@link
 * SkillRegistry.scan}, without a restart; a scan reads only what changed. A bad folder is reported and hides no other.
 *
 * @module
 */
import { parseManifest } from "../manifest.ts";
import type { BuiltinSkill, SkillManifest } from "../skill.ts";
import { SkillError } from "../skill_error.ts";

/** A skill that can be run. */
export interface RegisteredSkill {
  /** What it says of itself. */
  readonly manifest: SkillManifest;
  /** Its folder; null for a builtin. */
  readonly folder: string | null;
  /** The code of a builtin; null for a folder. */
  readonly builtin: BuiltinSkill | null;
}

/** Why a folder is no skill. */
export interface SkillProblem {
  /** Which folder. */
  readonly folder: string;
  /** Stable: `bad_manifest`, `name_taken`, `kind_taken`, `unreadable`, `no_manifest`, `not_trusted`. */
  readonly code: string;
  /** For people. */
  readonly message: string;
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

type Read = { readonly stamp: string; readonly manifest: SkillManifest | SkillProblem };

const MANIFEST_BYTES = 65_536;

/** Makes a registry. Needs `read` on its folders. */
export function createSkillRegistry(
  { builtin, folders, untrusted = [] }: RegistryOptions,
): SkillRegistry {
  let known = new Map<string, Read>();
  const registry: SkillRegistry = {
    async scan() {
      const next = new Map<string, Read>();
      const skills: RegisteredSkill[] = builtin.map((skill) => ({
        manifest: skill.manifest,
        folder: null,
        builtin: skill,
      }));
      const problems: SkillProblem[] = [];
      for (const folder of await skillFolders(folders)) {
        const read = await readFolder(folder, known.get(folder));
        if (read === null) {
          problems.push(await withoutManifest(folder));
          continue;
        }
        next.set(folder, read);
        const problem = "code" in read.manifest
          ? read.manifest
          : clash(read.manifest, folder, skills);
        if (problem !== null) problems.push(problem);
        else {
          skills.push({ manifest: read.manifest as SkillManifest, folder, builtin: null });
        }
      }
      known = next;
      for (const folder of await skillFolders(untrusted)) {
        const found = await fileIn(folder, "skill.toml") ?? await fileIn(folder, "SKILL.md");
        if (found !== null) problems.push(problem(folder, "not_trusted", notUsed(folder, found)));
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

async function withoutManifest(folder: string): Promise<SkillProblem> {
  const words = await fileIn(folder, "SKILL.md") === null
    ? "there is no skill.toml in it"
    : "SKILL.md tells an agent what to do, and nothing here reads it: add a skill.toml whose [run] starts a program, " +
      "for example your agent";
  return problem(folder, "no_manifest", words);
}

function notUsed(folder: string, found: string): string {
  const parent = folder.slice(0, folder.lastIndexOf("/"));
  return `its ${found} is not used: skills of a project run only when you trust its folder; ` +
    `add skill_folders = [${JSON.stringify(parent)}] under [node] in crosstown.toml`;
}

async function fileIn(folder: string, name: string): Promise<string | null> {
  const info = await Deno.stat(`${folder}/${name}`).catch(() => null);
  return info?.isFile ? name : null;
}

/** Null for a folder without a `skill.toml`. */
async function readFolder(folder: string, before: Read | undefined): Promise<Read | null> {
  const file = `${folder}/skill.toml`;
  try {
    const info = await Deno.stat(file);
    const stamp = `${info.mtime?.getTime()} ${info.size} ${info.ino} ${info.ctime?.getTime()}`;
    if (before?.stamp === stamp) return before;
    if (info.size > MANIFEST_BYTES) {
      return {
        stamp,
        manifest: problem(folder, "bad_manifest", `skill.toml is over ${MANIFEST_BYTES} bytes`),
      };
    }
    try {
      return { stamp, manifest: parseManifest(await Deno.readTextFile(file)) };
    } catch (error) {
      if (!(error instanceof SkillError)) throw error;
      return { stamp, manifest: problem(folder, error.code, error.message) };
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return null;
    }
    const words = error instanceof Error ? error.message : String(error);
    return { stamp: "", manifest: problem(folder, "unreadable", words) };
  }
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

function problem(folder: string, code: string, message: string): SkillProblem {
  return { folder, code, message };
}
