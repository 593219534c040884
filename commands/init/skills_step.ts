/**
 * The folders of skills of `crosstown init`: every skill in them is checked before they are written.
 *
 * @module
 */
import { isAbsolute, join } from "../../base/path.ts";
import { CARD_FILE, TERMS_FILE } from "../../skills/format/skill_card.ts";
import { type InitTools, setting, type Step } from "./step.ts";

/** The most skills of a folder that are checked. */
const MAX_CHECKED = 200;
/** The most mistakes that are named. */
const MAX_NAMED = 3;

/** Names the folders. Null if none is given. */
export async function skillsStep(tools: InitTools): Promise<Step | null> {
  const { invocation, questions } = tools;
  const given = [...invocation.options.list("skills")];
  const folders = given.length > 0
    ? given
    : (await questions.text("Folders of skills to sell, separated by commas (empty: none)", ""))
      .split(",").map((each) => each.trim()).filter((each) => each !== "");
  if (folders.length === 0) return null;
  const name = "skills";
  const absolute = folders.map((each) => isAbsolute(each) ? each : join(invocation.io.cwd(), each));
  const skills: string[] = [];
  for (const folder of absolute) {
    const found = await skillsIn(folder);
    if (typeof found === "string") return { name, status: "failed", message: found };
    skills.push(...found);
  }
  const checked = await Promise.all(
    skills.slice(0, MAX_CHECKED).map((skill) => tools.run(["skill", "check", skill])),
  );
  const mistakes = checked.flatMap(({ exitCode, document }, at) =>
    exitCode === 0 ? [] : [`${skills[at]}/${document.message ?? "it cannot be read"}`]
  );
  if (mistakes.length > 0) {
    const more = mistakes.length - MAX_NAMED;
    return {
      name,
      status: "failed",
      message: `${mistakes.slice(0, MAX_NAMED).join("; ")}${more > 0 ? `; and ${more} more` : ""}`,
      suggestion: "correct it: 'crosstown skill check FOLDER' looks again",
    };
  }
  const set = await setting(tools, name, "node.skill_folders", absolute.join(","));
  if (set.status === "failed") return set;
  const names = checked.map(({ document }) => String(document.name)).join(", ");
  return {
    ...set,
    message: `${set.message}: ${names === "" ? "no skill is in it yet" : names}`,
    ...names !== "" && { suggestion: "'crosstown skill approve NAME' lets a skill run" },
  };
}

/** The skills in a folder: its folders with a skill's files. A text says what is wrong with the folder. */
async function skillsIn(folder: string): Promise<string[] | string> {
  if (!await isFolder(folder)) return `there is no folder ${folder}`;
  if (await isSkill(folder)) {
    return `${folder} is a skill itself: give the folder that holds it, ${join(folder, "..")}`;
  }
  const found: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (await isFolder(path) && await isSkill(path)) found.push(path);
  }
  return found.sort();
}

async function isFolder(path: string): Promise<boolean> {
  return await Deno.stat(path).then(({ isDirectory }) => isDirectory, () => false);
}

async function isSkill(path: string): Promise<boolean> {
  const files = await Promise.all(
    [CARD_FILE, TERMS_FILE].map((file) =>
      Deno.lstat(join(path, file)).then(() => true, () => false)
    ),
  );
  return files.includes(true);
}
