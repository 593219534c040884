import assert from "node:assert/strict";
import { repository, temporaryFolder } from "../../skills/machine.ts";
import { pack, sent, write } from "./packing.ts";

Deno.test("packPlace() refuses a link that leads out, sends one that stays, and follows none", async () => {
  await using folder = await temporaryFolder();
  await write(folder.path, { "outside/secret": "s" });
  const repo = await repository(folder.path, { "a.txt": "a", "dir/b.txt": "b" });
  await Deno.symlink("a.txt", `${repo}/link`);
  assert.equal((await sent(repo))["link"], "-> a.txt");
  // What git tracks below a folder that is a link now is not there.
  await Deno.remove(`${repo}/dir`, { recursive: true });
  await Deno.symlink("../outside", `${repo}/dir`);
  await write(folder.path, { "outside/b.txt": "outside" });
  await assert.rejects(pack(repo), { code: "bad_input", message: /dir is a link out/ });
  await Deno.writeTextFile(`${repo}/.gitignore`, "/dir\n");
  assert.deepEqual(Object.keys(await sent(repo)), [".gitignore", "a.txt", "link"]);
});

Deno.test("packPlace() refuses a link that leads out by way of another link", async () => {
  await using folder = await temporaryFolder();
  const repo = await repository(folder.path, { "a.txt": "a", "d/b.txt": "b" });
  await write(folder.path, { "outside": "o" });
  await Deno.symlink("..", `${repo}/d/up`);
  await Deno.symlink("nothing", `${repo}/hollow`);
  await Deno.symlink("loop", `${repo}/loop`);
  assert.deepEqual(Object.keys(await sent(repo)), ["a.txt", "d/b.txt", "d/up", "hollow", "loop"]);
  await Deno.symlink("d/up/../outside", `${repo}/y`);
  await assert.rejects(pack(repo), { code: "bad_input", message: /y is a link out/ });
});
