import assert from "node:assert/strict";

const root = new URL("../../", import.meta.url);
const manifest = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
const tasks: Record<string, { command: string; description: string }> = manifest.tasks;

Deno.test("no task and no committed command grants everything", async () => {
  for (const [name, { command }] of Object.entries(tasks)) {
    assert.doesNotMatch(command, /(^| )(-A|--allow-all|--allow-ffi|--allow-import)\b/, name);
  }
  const dockerfile = await Deno.readTextFile(new URL("Dockerfile", root));
  const script = await Deno.readTextFile(new URL("packaging/image.sh", root));
  assert.doesNotMatch(script, /'(-A|--allow-all|--allow-read|--allow-write|--allow-run)'/);
  assert.match(script, /'--allow-read=[^']+' \\\n {2}'--allow-write=[^']+'/);
  assert.match(dockerfile, /^USER crosstown$/m);
});

Deno.test("tasks that run product code are quiet, cached only and never ask", () => {
  for (const name of ["crosstown", "bench"]) {
    for (const flag of ["--quiet", "--cached-only", "--no-prompt"]) {
      assert.ok(tasks[name].command.includes(` ${flag} `), `${name} lacks ${flag}`);
    }
  }
  for (const name of ["unit", "test"]) assert.match(tasks[name].command, / --no-prompt /);
});

Deno.test("the lock file is frozen and names no host", async () => {
  assert.equal(manifest.lock.frozen, true);
  const lock = await Deno.readTextFile(new URL("deno.lock", root));
  assert.doesNotMatch(lock, /https?:|registry\./);
});

Deno.test("every import of deno.json is pinned to one version and has its line in the docs", async () => {
  const docs = await Deno.readTextFile(new URL("docs/dependencies.md", root));
  for (const [name, target] of Object.entries(manifest.imports as Record<string, string>)) {
    assert.match(target, /^npm:\/?(@[^/]+\/)?[^@/]+@\d+\.\d+\.\d+\/?$/, name);
    assert.ok(docs.includes(`\`${name.replace(/\/$/, "")}\``), `${name} is not in the docs`);
  }
});
