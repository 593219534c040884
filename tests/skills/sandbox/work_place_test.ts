import assert from "node:assert/strict";
import { LAYERS, leaveWorkPlace, REPOSITORIES } from "../../../skills/sandbox/work_place.ts";
import { temporaryFolder } from "../machine.ts";

const isThere = (path: string) => Deno.lstat(path).then(() => true, () => false);

Deno.test("leaveWorkPlace() leaves layers to the next start, and removes them where nobody comes back", async () => {
  await using folder = await temporaryFolder();
  const place = `${folder.path}/work`;
  const layers = `${place}/jobs/${LAYERS}/store`;
  await Deno.mkdir(layers, { recursive: true });
  await Deno.mkdir(`${place}/jobs/${REPOSITORIES}/one`, { recursive: true });
  await Deno.mkdir(`${place}/messages`);
  await leaveWorkPlace(place);
  assert.deepEqual([await isThere(layers), await isThere(`${place}/messages`)], [true, false]);
  await leaveWorkPlace(place, { forgetKept: true });
  assert.equal(await isThere(place), false);
});

Deno.test("leaveWorkPlace() keeps the folder of a run that continues", async () => {
  await using folder = await temporaryFolder();
  const place = `${folder.path}/work`;
  await Deno.mkdir(`${place}/jobs/run`, { recursive: true });
  await leaveWorkPlace(place, { forgetKept: true });
  assert.equal(await isThere(`${place}/jobs/run`), true);
});
