/**
 * Folders of skills for tests.
 *
 * @module
 */
import { readApprovals, writeApprovals } from "../../skills/catalog/approvals.ts";
import { contentOf } from "../../skills/catalog/skill_content.ts";
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

/** The manifest of a skill named `a`, from the text of its `skill.toml`. */
export function manifestOf(terms: string): SkillManifest {
  return parseManifest(parseSkillCard(cardText("a"), "a"), terms);
}

/** Approves a folder as it is now, as `crosstown skill approve` does. */
export async function approveSkill(home: string, folder: string): Promise<void> {
  const file = `${home}/approved_skills.json`;
  const { sha256 } = await contentOf(folder);
  const approval = { sha256, approvedAt: new Date().toISOString() };
  const name = folder.slice(folder.lastIndexOf("/") + 1);
  await writeApprovals(file, { ...await readApprovals(file), [name]: approval });
}
