/** The package as a user gets it: built, installed by npm into an empty folder with an empty HOME, and run by npx. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { packageNpm } from "../../packaging/npm.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PATH = Deno.env.get("PATH")!;

const why = await npmIsAway();
const name = "the npm package, installed into an empty folder, runs the demo to its end";

Deno.test({
  name: why === null ? name : `${name} (${why})`,
  ignore: why !== null,
}, async () => {
  const folder = await Deno.makeTempDir({ prefix: "ct-npm-" });
  try {
    const file = await packageNpm(ROOT, `${folder}/made`);
    const again = await packageNpm(ROOT, `${folder}/again`);
    assert.deepEqual(
      await Deno.readFile(again),
      await Deno.readFile(file),
      "the same bytes each time",
    );
    const home = `${folder}/home`;
    const at = `${folder}/empty`;
    await Deno.mkdir(home);
    await Deno.mkdir(at);
    const run = async (program: string, ...args: string[]) => {
      const { success, stdout, stderr } = await new Deno.Command(program, {
        args,
        cwd: at,
        clearEnv: true,
        env: { PATH, HOME: home },
        stdin: "null",
      }).output();
      const out = new TextDecoder().decode(stdout);
      assert.ok(
        success,
        `${program} ${args.join(" ")}\n${out}\n${new TextDecoder().decode(stderr)}`,
      );
      return out;
    };
    await run("npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", file);
    const demo = JSON.parse(await run("npx", "crosstown", "demo", "--output", "json"));
    assert.equal(demo.ok, true);
    assert.equal(demo.result.exit_code, 0);
    assert.equal(demo.settlement.adds_up, true);
    assert.match(
      await run("npx", "crosstown", "version"),
      /^crosstown \d+\.\d+\.\d+ (\(commit [0-9a-f]{12}(-changed)?\) )?\(deno 2\.9\.6, /,
    );
    const skill = "skills/crosstown/SKILL.md";
    assert.equal(
      await Deno.readTextFile(`${at}/node_modules/crosstown/${skill}`),
      await Deno.readTextFile(`${ROOT}${skill}`),
    );
    const shipped = JSON.parse(
      await run("npx", "crosstown", "skill", "approve", "encrypted-dm", "--output", "json"),
    );
    assert.deepEqual([shipped.approved, shipped.kinds], [true, [1059]]);
    const refused = await new Deno.Command("npx", {
      args: ["crosstown", "job", "submt"],
      cwd: at,
      clearEnv: true,
      env: { PATH, HOME: home },
      stdin: "null",
    }).output();
    assert.equal(refused.code, 2, "exit codes come through the launcher");
    const nothing = await new Deno.Command("npx", {
      args: ["crosstown", "mayor", "attach", "--lines"],
      cwd: at,
      clearEnv: true,
      env: { PATH, HOME: `${folder}/no_jobs` },
      stdin: "null",
    }).output();
    assert.match(
      new TextDecoder().decode(nothing.stderr),
      /^Error: there is nothing to show in this home yet\n/,
      "a dashboard has V8's flags of its own",
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

async function npmIsAway(): Promise<string | null> {
  try {
    const { success } = await new Deno.Command("npm", {
      args: ["view", "deno@2.9.6", "version", "--fetch-retries=0", "--fetch-timeout=20000"],
      stdout: "null",
      stderr: "null",
    }).output();
    return success ? null : "npm's registry does not answer";
  } catch {
    return "there is no npm";
  }
}
