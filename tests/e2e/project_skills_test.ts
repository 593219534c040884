/** Skills of the folder in which a command runs: found, approved, and the first of two with one name has it. */
import assert from "node:assert/strict";
import { type Document, testHome } from "./process.ts";

Deno.test("skill list finds the skills of ./.agents/skills and ./.claude/skills, the first of two with one name first", async () => {
  await using home = await testHome();
  const cwd = `${home.path}/project`;
  const folders = [`${cwd}/.agents/skills`, `${cwd}/.claude/skills`];
  for (const folder of folders) {
    await Deno.mkdir(folder, { recursive: true });
    await home.json(["skill", "new", "count", "--runner", "command", "--dir", folder], { cwd });
  }
  const states = async (): Promise<unknown> => {
    const { skills }: Document = await home.json(["skill", "list"], { cwd });
    return skills.filter(({ state }: Document) => !["builtin", "available"].includes(state)).map((
      { folder, state }: Document,
    ) => [folder, state]);
  };
  assert.deepEqual(await states(), folders.map((folder) => [`${folder}/count`, "not_approved"]));
  await home.json(["skill", "approve", "count"], { cwd });
  assert.deepEqual(await states(), [
    [`${folders[0]}/count`, "approved"],
    [`${folders[1]}/count`, "name_taken"],
  ]);
});
