/**
 * Makes the project that the demo's job tests: a git repository of the small example project in the source.
 *
 * @module
 */
import { CommandError } from "../../shell/errors.ts";

/** Makes a git repository of the small example project in the source. */
export async function makeProject(folder: string, path: string): Promise<string> {
  await Deno.mkdir(folder);
  const source = new URL("../../fixtures/projects/greeting/", import.meta.url);
  for (const name of ["README.md", "greet.ts", "greet_test.ts", "greet_fail_test.ts", "test.sh"]) {
    await Deno.writeFile(`${folder}/${name}`, await Deno.readFile(new URL(name, source)));
  }
  for (
    const args of [
      ["init", "--quiet", "--initial-branch=main"],
      ["add", "--all"],
      [
        "-c",
        "user.name=demo",
        "-c",
        "user.email=demo@localhost",
        "-c",
        "commit.gpgsign=false",
        "commit",
        "--quiet",
        "--message=greeting",
      ],
    ]
  ) {
    const { success, stderr } = await new Deno.Command("git", {
      args,
      cwd: folder,
      clearEnv: true,
      env: { PATH: path, HOME: folder, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" },
      stdout: "null",
      stderr: "piped",
    }).output();
    if (!success) {
      throw new CommandError(
        "git_failed",
        `git ${args[0]} failed: ${new TextDecoder().decode(stderr).trim().slice(0, 300)}`,
        "check that git 2.30 or newer is installed",
      );
    }
  }
  return folder;
}
