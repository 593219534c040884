/** Which folder callbacks run in, while several hosts are at work in one process. */
import assert from "node:assert/strict";
import { takeCallbackFolder } from "../../home/callback_folder.ts";

const exists = (path: string) => Deno.lstat(path).then(() => true, () => false);

Deno.test("takeCallbackFolder() gives each host at work a folder of its own, and the last one removes the empty place", async () => {
  const place = await Deno.makeTempDir();
  const [one, two] = [takeCallbackFolder(place), takeCallbackFolder(place)];
  assert.deepEqual([one.path, two.path], [`${place}/callbacks`, `${place}/callbacks-2`]);
  for (const { path } of [one, two]) await Deno.mkdir(`${path}/job`, { recursive: true });
  await Deno.remove(`${one.path}/job`);
  await one.leave();
  await one.leave();
  // A run of the other one has written nothing yet.
  assert.equal(await exists(`${two.path}/job`), true);
  const again = takeCallbackFolder(place);
  assert.equal(again.path, one.path);
  await again.leave();
  await Deno.remove(`${two.path}/job`);
  await two.leave();
  assert.equal(await exists(place), false);
});

Deno.test("takeCallbackFolder() leaves what a provider of the home keeps", async () => {
  const place = await Deno.makeTempDir();
  const elsewhere = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${place}/jobs/layers`, { recursive: true });
    await Deno.writeTextFile(`${place}/jobs/layers/one`, "kept");
    await Deno.writeTextFile(`${place}/home`, "/state");
    const [callbacks, ofAnother] = [takeCallbackFolder(place), takeCallbackFolder(elsewhere)];
    assert.equal(ofAnother.path, `${elsewhere}/callbacks`);
    await callbacks.leave();
    assert.equal(await Deno.readTextFile(`${place}/jobs/layers/one`), "kept");
    assert.equal(await Deno.readTextFile(`${place}/home`), "/state");
    await ofAnother.leave();
  } finally {
    await Deno.remove(place, { recursive: true });
    await Deno.remove(elsewhere, { recursive: true }).catch(() => {});
  }
});
