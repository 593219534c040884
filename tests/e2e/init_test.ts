/** The first run: from an empty folder to a paid job. */
import assert from "node:assert/strict";
import { testHome } from "./process.ts";

Deno.test("init makes an empty home ready on a dev network, and the command that it names next buys a job", async () => {
  await using home = await testHome();
  await Deno.writeTextFile(`${home.path}/P`, "correct horse battery staple\n", { mode: 0o600 });
  const args = ["init", "--network", "dev", "--yes", "--passphrase-file", `${home.path}/P`];
  try {
    const first = await home.json(args);
    assert.equal(first.ok, true);
    assert.deepEqual(
      first.steps.map(({ name, status }: { name: string; status: string }) => [name, status]),
      [["keys", "done"], ["dev", "done"], ["network", "kept"]],
    );
    assert.equal((await home.json(["doctor"])).ok, true);
    const words = first.next.split(" ");
    assert.equal(words.shift(), "crosstown");
    assert.equal((await home.json(words)).status, "success");

    const again = await home.json(args);
    assert.equal(again.ok, true);
    assert.deepEqual(
      again.steps.map(({ status }: { status: string }) => status),
      ["kept", "kept", "kept"],
    );
  } finally {
    await home.run(["dev", "down"]);
  }
  // The network is gone: the home still works, and says how to start it again.
  const { checks } = await home.json(["doctor"], { code: 1 });
  assert.equal(checks[0].status, "ok");
});
