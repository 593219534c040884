/** Projects as git bundles, and the tools that make them. */
import assert from "node:assert/strict";

/** A git bundle of a project whose `test.sh` runs the given lines. */
export async function bundleOf(
  folder: string,
  files: Readonly<Record<string, string>>,
): Promise<{ readonly bundle: string; readonly project: string }> {
  const project = `${folder}/project-${crypto.randomUUID().slice(0, 8)}`;
  await Deno.mkdir(project);
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${project}/${name}`, text);
  }
  const bundle = `${project}.bundle`;
  const author = [
    "-c",
    "user.name=t",
    "-c",
    "user.email=t@localhost",
    "-c",
    "commit.gpgsign=false",
  ];
  for (
    const args of [
      ["init", "--quiet", "--initial-branch=main"],
      ["add", "--all"],
      [...author, "commit", "--quiet", "--message=first"],
      ["bundle", "create", "--quiet", bundle, "HEAD", "main"],
    ]
  ) await tool("git", args, project);
  return { bundle, project };
}

/** Runs a tool that must succeed. */
export async function tool(name: string, args: readonly string[], cwd: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(name, { args: [...args], cwd }).output();
  assert.ok(success, `${name} ${args[0]}: ${new TextDecoder().decode(stderr)}`);
}
