/**
 * Finds skills for commands: by name, as a provider does, or by the path of a folder.
 *
 * @module
 */
import { isAbsolute, join } from "../../base/path.ts";
import { skillFolders } from "../../home/provider_hosting.ts";
import type { Config } from "../../config/config.ts";
import { createSkillRegistry, type SkillScan } from "../../skills/catalog/registry.ts";
import { describedBuiltins } from "../../skills/catalog/described_builtins.ts";
import { readSkillFolder } from "../../skills/catalog/skill_folder.ts";
import type { SkillCard } from "../../skills/format/skill_card.ts";
import type { SkillManifest } from "../../skills/skill.ts";
import type { Invocation } from "../../shell/command.ts";
import { CommandError, UsageError } from "../../shell/errors.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { SHIPPED_FOLDER } from "./shipped_skills.ts";
import { modelEndpoint, ownPlatform, projectSkills } from "../../shell/platform.ts";

/** A home's skills. */
export interface SkillPlaces {
  readonly config: Config;
  /** In order of precedence. */
  readonly folders: readonly string[];
  /** Path of the file of approvals. */
  readonly approvals: string;
  /** Scans for the skills that a provider would find now. */
  scan(): Promise<SkillScan>;
}

/** The places of the command's home. */
export async function skillPlaces(invocation: Invocation): Promise<SkillPlaces> {
  const config = await configOf(invocation);
  const folders = skillFolders(config.paths, {
    skillFolders: config.get("node.skill_folders"),
    projectSkills: projectSkills(),
  });
  const approvals = config.paths.approvalsFile;
  const builtin = await describedBuiltins(ownPlatform(), modelEndpoint(config));
  return {
    config,
    folders,
    approvals,
    scan: () => createSkillRegistry({ builtin, folders, approvals: [approvals] }).scan(),
  };
}

/**
 * The folder that the argument `<skill>` means. A name may also mean a skill that ships with the program, unless the caller writes into the
 * folder. Throws UsageError `unknown_skill`.
 */
export async function folderOf(
  { args, io }: Pick<Invocation, "args" | "io">,
  { folders }: Pick<SkillPlaces, "folders">,
  { written = false }: { readonly written?: boolean } = {},
): Promise<string> {
  const given = args.required("skill");
  const isName = /^[a-z0-9-]+$/.test(given);
  const tried = isName
    ? [...folders, ...written ? [] : [SHIPPED_FOLDER]].map((folder) => `${folder}/${given}`)
    : [isAbsolute(given) ? join(given) : join(io.cwd(), given)];
  for (const path of tried) {
    const info = await Deno.stat(path).catch(() => null);
    if (info?.isDirectory) return path.replace(/\/+$/, "");
  }
  throw new UsageError(
    `there is no skill ${given}${isName ? ` in ${folders.join(", ")}` : ""}`,
    isName ? "see 'crosstown skill list', or give its folder: ./NAME" : "give a folder",
    "unknown_skill",
  );
}

/** Reads a skill's folder. Throws CommandError with the problem's code. */
export async function readSkill(
  folder: string,
): Promise<{ readonly card: SkillCard; readonly manifest: SkillManifest }> {
  const { found } = await readSkillFolder(folder);
  if (!("code" in found)) return found;
  throw new CommandError(
    found.code,
    `${folder}: ${found.message}`,
    "mend it; 'crosstown skill check' looks again",
  );
}
