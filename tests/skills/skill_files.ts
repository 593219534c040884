/**
 * Folders of skills for tests.
 *
 * @module
 */
import type { SkillManifest } from "../../skills/skill.ts";
import { parseManifest } from "../../skills/format/manifest.ts";
import { parseSkillCard } from "../../skills/format/skill_card.ts";

/** A `SKILL.md` of a skill that is for sale. */
export function cardText(name: string): string {
  return `---\nname: ${name}\ndescription: For a test\nmetadata: {crosstown: skill.toml}\n---\n`;
}

/** Writes a skill into a folder that is called as the skill is; files can be run. */
export async function writeSkill(
  folder: string,
  terms: string,
  files: Readonly<Record<string, string>> = {},
): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  const name = folder.slice(folder.lastIndexOf("/") + 1);
  await Deno.writeTextFile(`${folder}/SKILL.md`, cardText(name));
  await Deno.writeTextFile(`${folder}/skill.toml`, terms);
  for (const [file, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${folder}/${file}`, text, { mode: 0o755 });
  }
}

/** What `skill.toml` of a skill named `a` says. */
export function manifestOf(terms: string): SkillManifest {
  return parseManifest(parseSkillCard(cardText("a"), "a"), terms);
}
