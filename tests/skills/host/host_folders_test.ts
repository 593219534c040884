import assert from "node:assert/strict";
import type { BuiltinSkill, SkillOutcome } from "../../../skills/skill.ts";
import { echo } from "../../../skills/builtin/echo.ts";
import { LAYERS, REPOSITORIES } from "../../../skills/sandbox/work_place.ts";
import { sweepWorkFolders } from "../../../skills/sandbox/work_folder.ts";
import { temporaryFolder } from "../machine.ts";
import { hostOf, hostRequest } from "./host_rig.ts";

Deno.test("createSkillHost() cleans up what a crashed attempt left, closed folders included", async () => {
  await using folder = await temporaryFolder();
  const left = `${folder.path}/work/job-old.1/tree`;
  await Deno.mkdir(`${left}/closed`, { recursive: true });
  await Deno.writeTextFile(`${left}/closed/file`, "x");
  await Deno.writeTextFile(`${folder.path}/outside`, "kept");
  await Deno.symlink(folder.path, `${left}/link`);
  await Deno.chmod(`${left}/closed`, 0o000);
  // Folders that outlive jobs are next to them.
  for (const kept of [LAYERS, REPOSITORIES]) {
    await Deno.mkdir(`${folder.path}/work/${kept}/of`, { recursive: true });
  }
  const host = hostOf(folder.path, { builtin: [echo] });
  assert.deepEqual(await host.sweep(), { removed: 1, left: [] });
  const there = [...Deno.readDirSync(`${folder.path}/work`)].map(({ name }) => name);
  assert.deepEqual(there.sort(), [LAYERS, REPOSITORIES]);
  assert.equal(await Deno.readTextFile(`${folder.path}/outside`), "kept");
  assert.deepEqual(await host.sweep(), { removed: 0, left: [] });
});

Deno.test("createSkillHost() cleans up while one of its runs continues, and leaves the next host's run nothing of the one before", async () => {
  await using folder = await temporaryFolder();
  const gate = Promise.withResolvers<void>();
  const began = Promise.withResolvers<string>();
  let nowMs = 1_770_000_000_000;
  const seen: string[][] = [];
  const slow: BuiltinSkill = {
    manifest: { ...echo.manifest, name: "slow" },
    async run({ workdir }): Promise<SkillOutcome> {
      seen.push([...Deno.readDirSync(workdir)].map(({ name }) => name));
      await Deno.writeTextFile(`${workdir}/mine`, "x");
      began.resolve(workdir);
      await gate.promise;
      return {
        status: "success",
        content: await Deno.readTextFile(`${workdir}/mine`),
        durationMs: 0,
      };
    },
  };
  const start = () => hostOf(folder.path, { builtin: [slow], clock: () => nowMs });
  // The first host is never closed, as if its process had been killed.
  void start().runKind(hostRequest(5600));
  const left = await began.promise;
  nowMs += 1;
  const host = start();
  const running = host.runKind(hostRequest(5600));
  while (seen.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.deepEqual(await host.sweep(), { removed: 1, left: [] });
  await assert.rejects(Deno.stat(left), Deno.errors.NotFound);
  gate.resolve();
  assert.equal((await running).content, "x");
  assert.deepEqual(seen, [[], []]);
  assert.deepEqual([...Deno.readDirSync(`${folder.path}/work`)], []);
});

Deno.test("sweepWorkFolders() continues after a folder that it cannot remove, and names it", async () => {
  await using folder = await temporaryFolder();
  for (const name of ["a", "b", "c"]) {
    await Deno.mkdir(`${folder.path}/${name}/in`, { recursive: true });
  }
  const remove = Deno.remove;
  Deno.remove = (path, options) =>
    String(path).endsWith("/b")
      ? Promise.reject(new Deno.errors.PermissionDenied("of another user"))
      : remove(path, options);
  try {
    assert.deepEqual(await sweepWorkFolders(folder.path, () => false), { removed: 2, left: ["b"] });
  } finally {
    Deno.remove = remove;
  }
  assert.deepEqual([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["b"]);
});
