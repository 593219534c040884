import assert from "node:assert/strict";
import { followSkills } from "../../home/followed_skills.ts";
import { makeWorker } from "../../home/workers/groups.ts";
import { createSupervisor } from "../../home/workers/supervisor.ts";
import type { ServiceHandle } from "../../runtime/hosted_service.ts";
import type { Catalog, SkillScanner } from "../../skills/catalog/catalog_service.ts";
import { foldersStamp } from "../../skills/catalog/folders_stamp.ts";

const LONG_MS = 60_000;
const PATH = Deno.env.get("PATH") ?? "";

async function providerSkills() {
  const folder = await Deno.makeTempDir({ prefix: "ct-followed-" });
  const folders = [`${folder}/skills`, `${folder}/missing`];
  const approvals = [`${folder}/approved_skills.json`];
  await Deno.mkdir(folders[0]);
  let ended = Promise.withResolvers<void>();
  const supervisor = createSupervisor({
    log: () => {},
    spawn(name, permissions, units) {
      ended = Promise.withResolvers();
      const worker = makeWorker(units, { type: "module", name, deno: { permissions } });
      const terminate = worker.terminate.bind(worker);
      worker.terminate = () => {
        terminate();
        ended.resolve();
      };
      return worker;
    },
  });
  const execPath = Deno.execPath();
  const worker: ServiceHandle<SkillScanner> = await supervisor.whenNeeded(
    "skill-catalog",
    {
      path: PATH,
      execPath,
      folders,
      approvals,
      toolFolders: [...PATH.split(":").filter((each) => each.startsWith("/"))],
      platform: "linux/amd64",
      scratch: folder,
      images: `${folder}/images`,
    },
    {},
    20,
  );
  const stamp = await foldersStamp(folders, approvals);
  // What was found about the machine does not matter to a scan of folders.
  const catalog: Catalog = {
    tools: { git: null, sh: null, bwrap: null, deno: null, path: "", groups: null, builder: null },
    sandbox: { type: "none", reason: "none here" },
    size: { cpus: null, memoryBytes: null, diskBytes: null },
    version: 1,
    skills: [],
    problems: [],
    owner: null,
  };
  const lines: string[] = [];
  const followed = followSkills(
    worker,
    { folders, approvals, catalog, stamp },
    (level, msg) => void lines.push(`${level} ${msg}`),
  );
  return {
    folder: folders[0],
    aside: `${folder}/aside`,
    /** Resolves when the worker that was started last has ended. */
    rested: () => ended.promise,
    catalog: followed.client(),
    scans: () => supervisor.counters()["skill-catalog"]?.["served scan"] ?? 0,
    lines,
    async [Symbol.asyncDispose]() {
      await followed.stop();
      await supervisor.stop();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

Deno.test("followSkills() asks the catalog only after a change, also while its worker rests", async () => {
  await using at = await providerSkills();
  assert.deepEqual(await at.catalog.changed(0, 0), {
    version: 1,
    skills: [],
    problems: [],
    owner: null,
  });
  assert.equal(at.scans(), 0);
  for (const [nth, name] of ["broken", "other"].entries()) {
    const change = at.catalog.changed(nth + 1, LONG_MS);
    await Deno.mkdir(`${at.aside}/${name}`, { recursive: true });
    await Deno.writeTextFile(`${at.aside}/${name}/skill.toml`, "name = ");
    await Deno.rename(`${at.aside}/${name}`, `${at.folder}/${name}`);
    const { version, skills, problems } = await change;
    assert.equal(version, nth + 2);
    assert.ok(skills.some(({ name }) => name === "echo"));
    assert.equal(problems.length, nth + 1);
    await at.rested();
  }
  assert.deepEqual(at.lines, []);
});
