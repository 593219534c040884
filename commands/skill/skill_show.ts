/**
 * `crosstown skill show` and `crosstown skill check`.
 *
 * @module
 */
import { readSkillFolder } from "../../skills/catalog/skill_folder.ts";
import { contentOf } from "../../skills/catalog/skill_content.ts";
import { signatureOf } from "../../skills/catalog/skill_signature.ts";
import type { SkillManifest } from "../../skills/skill.ts";
import type { Invocation } from "../../shell/command.ts";
import { printable } from "../../shell/output.ts";
import { factsText, skillFacts } from "./skill_facts.ts";
import { SHIPPED_FOLDER } from "./shipped_skills.ts";
import { folderOf, readSkill, type SkillPlaces, skillPlaces } from "./skill_places.ts";

/** Prints one skill, and whether it may run. */
export async function skillShow(invocation: Invocation): Promise<number> {
  const places = await skillPlaces(invocation);
  const { skills, problems } = await places.scan();
  const name = invocation.args.required("skill");
  const builtin = skills.find((each) => each.folder === null && each.manifest.name === name);
  if (builtin !== undefined) return await showBuiltin(invocation, builtin.manifest, places);
  const folder = await folderOf(invocation, places);
  const { manifest } = await readSkill(folder);
  const content = await contentOf(folder);
  const problem = problems.find((each) => each.folder === folder);
  const approved = skills.find((each) => each.folder === folder);
  // An approved skill has the price that 'skill price' set.
  const facts = skillFacts(
    approved?.manifest ?? manifest,
    content,
    await signatureOf(folder, manifest.name, content),
  );
  const ships = folder.startsWith(`${SHIPPED_FOLDER}/`);
  const state = approved !== undefined
    ? "approved"
    : problem?.code ?? (ships ? "available" : "not_installed");
  const words = problem?.message ??
    (state === "approved"
      ? "it may run"
      : `'crosstown skill approve ${ships ? manifest.name : folder}' installs it`);
  await invocation.output.document(
    "skill",
    { ...facts, folder, state, message: words },
    `${factsText(facts, places.config.profile.asset)}\n  state   ${state}: ${printable(words)}`,
  );
  return 0;
}

/** Prints a skill of the program. It has no folder and needs no approval. */
async function showBuiltin(
  { output }: Invocation,
  manifest: SkillManifest,
  { config }: SkillPlaces,
): Promise<number> {
  const facts = skillFacts(manifest, null, { state: "unsigned" });
  const message = "it is part of the program, and may run";
  await output.document(
    "skill",
    { ...facts, folder: null, state: "builtin", message },
    `${factsText(facts, config.profile.asset)}\n  state   builtin: ${message}`,
  );
  return 0;
}

/** Checks a skill for mistakes. Exit 1 if there is one. */
export async function skillCheck(invocation: Invocation): Promise<number> {
  const folder = await folderOf(invocation, await skillPlaces(invocation));
  const { found } = await readSkillFolder(folder);
  if ("code" in found) {
    const { code, message, file = null, line = null } = found;
    await invocation.output.document("skill-check", {
      folder,
      valid: false,
      code,
      file,
      line,
      message,
    }, `${printable(folder)}/${printable(message)}`);
    return 1;
  }
  const { files } = await contentOf(folder);
  await invocation.output.document(
    "skill-check",
    { folder, valid: true, name: found.manifest.name, files },
    `${found.manifest.name} is a skill: ${files.length} files, kinds ${
      found.manifest.kinds.join(" ")
    }`,
  );
  return 0;
}
