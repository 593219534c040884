/**
 * The skills that ship with the program as folders (`skills/shipped`). They are not built in: `crosstown skill approve NAME` copies one into
 * the home and approves the copy.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { readSkillFolder } from "../../skills/catalog/skill_folder.ts";
import type { SkillManifest } from "../../skills/skill.ts";

/** The folder with the folders of the skills. */
export const SHIPPED_FOLDER = fileURLToPath(new URL("../../skills/shipped", import.meta.url));

/** A skill that ships with the program. */
interface ShippedSkill {
  readonly manifest: SkillManifest;
  readonly folder: string;
}

/** All of them by name. */
export async function shippedSkills(): Promise<ShippedSkill[]> {
  const found: ShippedSkill[] = [];
  for await (const { name } of Deno.readDir(SHIPPED_FOLDER)) {
    const folder = `${SHIPPED_FOLDER}/${name}`;
    const read = await readSkillFolder(folder);
    if (!("code" in read.found)) found.push({ manifest: read.found.manifest, folder });
  }
  return found.sort((one, other) => one.folder < other.folder ? -1 : 1);
}
