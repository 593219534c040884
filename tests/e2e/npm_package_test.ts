/** The package as a user gets it: built, installed by npm into an empty folder with an empty HOME, and run by npx. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { packagedManifest } from "../../packaging/contents.ts";
import { packageNpm } from "../../packaging/npm.ts";
import { makeProgram } from "../../packaging/program.ts";

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
    const before = await madeBefore(`${folder}/before`);
    // The commit is a part of it.
    const { commit = null } = JSON.parse(await Deno.readTextFile(`${before}/deno.json`));
    const file = await packageNpm(ROOT, `${folder}/made`, { commit });
    const again = await packageNpm(ROOT, `${folder}/again`, { program: before, commit });
    assert.equal(
      await hashOf(again),
      await hashOf(file),
      "the same bytes each time, also of a program that was made before",
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
    assert.deepEqual(
      await programIn(`${at}/node_modules/crosstown`),
      await programIn(before),
      "the same sources give the same program each time (or CROSSTOWN_PROGRAM is of other sources)",
    );
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

/** A program that was made of these sources before: by `.ci/run` for all tests, else here. */
async function madeBefore(folder: string): Promise<string> {
  const made = Deno.env.get("CROSSTOWN_PROGRAM");
  if (made !== undefined) return made;
  await Deno.mkdir(folder);
  await makeProgram(ROOT, folder, await packagedManifest(ROOT));
  return folder;
}

/** The hash of each module of a program and of the curve, by its path; `bin` is not a part of it. */
async function programIn(folder: string, under = ""): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const names = (await Array.fromAsync(Deno.readDir(`${folder}/${under}`))).sort((a, b) =>
    a.name < b.name ? -1 : 1
  );
  for (const { name, isDirectory } of names) {
    const path = `${under}${name}`;
    if (path === "bin" || name === "node_modules") continue;
    if (isDirectory) Object.assign(found, await programIn(folder, `${path}/`));
    else if (/\.(js|wasm)$/.test(name)) found[path] = await hashOf(`${folder}/${path}`);
  }
  assert.ok(under !== "" || "cli.js" in found);
  return found;
}

async function hashOf(path: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(path));
  return new Uint8Array(digest).toHex();
}

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
