import assert from "node:assert/strict";
import { clearAway } from "../../../network/dev/clear_away.ts";
import { devLayout } from "../../../network/dev/layout.ts";

Deno.test("clearAway() removes what an earlier dev network left, and keeps its log", async () => {
  const home = await Deno.makeTempDir();
  try {
    const layout = devLayout(home);
    await clearAway(layout);
    await Deno.mkdir(`${layout.folder}/relay`, { recursive: true });
    await Deno.writeTextFile(layout.logFile, "why it ended\n");
    await Deno.writeTextFile(`${layout.logFile}.1`, "before\n");
    await Deno.writeTextFile(layout.stateFile, "{}\n");
    await clearAway(layout);
    const left = await Array.fromAsync(Deno.readDir(layout.folder), ({ name }) => name);
    assert.deepEqual(left.sort(), ["dev.log", "dev.log.1"]);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
