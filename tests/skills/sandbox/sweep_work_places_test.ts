import assert from "node:assert/strict";
import {
  findWorkPlace,
  leaveWorkPlace,
  sweepWorkPlaces,
} from "../../../skills/sandbox/work_place.ts";
import { temporaryFolder } from "../machine.ts";

const DAY_MS = 86_400_000;
const uid = Deno.uid();

async function home(base: string, name: string) {
  const stateFolder = `${base}/${name}`;
  await Deno.mkdir(stateFolder, { mode: 0o700 });
  const { folder } = await findWorkPlace({ stateFolder, temp: `${base}/temp` });
  await Deno.mkdir(`${folder}/jobs/run`, { recursive: true });
  return { stateFolder, folder };
}

const isThere = (path: string) => Deno.lstat(path).then(() => true, () => false);

Deno.test("sweepWorkPlaces() removes the folder of a deleted home, and no other", async () => {
  await using base = await temporaryFolder();
  const temp = `${base.path}/temp`;
  await Deno.mkdir(temp);
  const kept = await home(base.path, "kept");
  const gone = await home(base.path, "gone");
  const elsewhere = `${base.path}/elsewhere`;
  await Deno.mkdir(elsewhere);
  await Deno.writeTextFile(`${elsewhere}/file`, "not of a job");
  // A link in a job's folder, and links in place of a folder and of the name of the home.
  await Deno.symlink(elsewhere, `${gone.folder}/jobs/run/link`);
  await Deno.symlink(elsewhere, `${temp}/crosstown-abcdef`);
  const withLink = await home(base.path, "linked");
  await Deno.remove(`${withLink.folder}/home`);
  await Deno.writeTextFile(`${base.path}/says`, `${base.path}/missing`);
  await Deno.symlink(`${base.path}/says`, `${withLink.folder}/home`);
  const others: Record<string, { mode?: number; says?: string; name?: string }> = {
    "crosstown-open": { mode: 0o755, says: "/missing/home" },
    "crosstown-nameless": {},
    "crosstown-relative": { says: "missing" },
    "crosstown-two-parts": { says: "/missing/home" },
    "another-tool": { says: "/missing/home" },
  };
  for (const [name, { mode = 0o700, says }] of Object.entries(others)) {
    await Deno.mkdir(`${temp}/${name}`);
    await Deno.chmod(`${temp}/${name}`, mode);
    if (says !== undefined) await Deno.writeTextFile(`${temp}/${name}/home`, says);
  }
  await Deno.remove(gone.stateFolder, { recursive: true });

  assert.equal(await sweepWorkPlaces(temp, uid), 0, "a day must pass");
  const later = Date.now() + DAY_MS + 60_000;
  assert.equal(await sweepWorkPlaces(temp, (uid ?? 0) + 1, later), 0, "of another user");
  assert.equal(await sweepWorkPlaces(temp, uid, later), 1);
  assert.equal(await isThere(gone.folder), false);
  for (
    const path of [kept.folder, withLink.folder, `${temp}/crosstown-abcdef`, `${elsewhere}/file`]
  ) {
    assert.ok(await isThere(path), path);
  }
  for (const name of Object.keys(others)) assert.ok(await isThere(`${temp}/${name}`), name);
});

Deno.test("findWorkPlace() names the home in its folder, sweeps at the next start, and leaves nothing behind", async () => {
  await using base = await temporaryFolder();
  await Deno.mkdir(`${base.path}/temp`);
  const gone = await home(base.path, "gone");
  await Deno.remove(gone.stateFolder, { recursive: true });
  const old = new Date(Date.now() - 2 * DAY_MS);
  await Deno.utime(gone.folder, old, old);
  const next = await home(base.path, "next");
  assert.equal(await isThere(gone.folder), false);
  assert.equal(
    await Deno.readTextFile(`${next.folder}/home`),
    await Deno.realPath(next.stateFolder),
  );
  await Deno.remove(`${next.folder}/jobs/run`);
  await leaveWorkPlace(next.folder);
  assert.equal(await isThere(next.folder), false);
});

Deno.test("findWorkPlace() finds its folder again after a crash between writing and renaming the names in it", async () => {
  await using base = await temporaryFolder();
  const temp = `${base.path}/temp`;
  await Deno.mkdir(temp);
  const { stateFolder, folder } = await home(base.path, "state");
  const outside = `${base.path}/outside`;
  await Deno.writeTextFile(outside, "untouched");
  await Deno.remove(`${folder}/home`);
  await Deno.writeTextFile(`${folder}/home.new`, "half");
  assert.deepEqual(await findWorkPlace({ stateFolder, temp }), { folder, hidden: true });
  assert.equal(await Deno.readTextFile(`${folder}/home`), await Deno.realPath(stateFolder));

  await Deno.remove(`${stateFolder}/work_folder`);
  await Deno.symlink(outside, `${stateFolder}/work_folder.new`);
  const made = await findWorkPlace({ stateFolder, temp });
  assert.equal(made.hidden, true);
  assert.equal(await Deno.readTextFile(`${stateFolder}/work_folder`), made.folder);
  assert.equal(await Deno.readTextFile(outside), "untouched");
});
