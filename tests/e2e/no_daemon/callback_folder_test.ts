/** What callbacks leave beside the home: no empty work folder. */
import assert from "node:assert/strict";
import { home } from "./no_daemon.ts";

Deno.test("a command or mayor that ran a callback skill leaves no work folder when it ends", async () => {
  const submit = async () => {
    const { callback } = await home.json([
      ...["job", "submit", "echo", "--input", crypto.randomUUID()],
      ...["--callback", "save-artifacts", "--wait"],
    ]);
    assert.deepEqual([callback.state, callback.error], ["done", null]);
  };
  const note = `${home.path}/hooks/mayor-001/crosstown/work_folder`;
  const isThere = async () => {
    const folder = (await Deno.readTextFile(note)).trim();
    return await Deno.lstat(folder).then(() => true, () => false);
  };
  await submit();
  assert.equal(await isThere(), false, "a command did the work");

  await home.json(["mayor", "up", "--detach"]);
  try {
    await submit();
    assert.equal(await isThere(), true, "the mayor runs further callbacks there");
  } finally {
    await home.run(["mayor", "down"]);
  }
  assert.equal(await isThere(), false, "the mayor has ended");
});
