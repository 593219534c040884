/** Children that are killed while bubblewrap makes their sandbox. */
import assert from "node:assert/strict";
import { runChild } from "../../../skills/sandbox/child.ts";
import { sandboxed } from "../../../skills/sandbox/sandbox.ts";
import { noGroups, noSandbox, sandbox, temporaryFolder, tools } from "../machine.ts";

const LIMITS = { memoryMb: 100, processes: 20 };
const LAST_MS = 60;
const STEP_MS = 2;

/** Kills a job after a time, and returns what it said until nobody could write any more. */
async function saidOfKilled(folder: string, afterMs: number, inGroup: boolean): Promise<string> {
  if (sandbox.type === "none") throw new Error("there is no sandbox");
  const cancel = new AbortController();
  const timer = setTimeout(() => cancel.abort(), afterMs);
  const { end, stdout } = await runChild({
    ...sandboxed(sandbox, {
      binds: [],
      temp: null,
      seed: folder,
      cwd: "/",
      env: { PATH: "/usr/bin:/bin" },
      command: ["/bin/sh", "-c", "sleep 4; echo it ran on"],
    }, folder),
    ...inGroup && { tree: LIMITS, groups: tools.groups },
    timeoutMs: 120_000,
    outputBytes: 1_000,
    sh: tools.sh!,
    path: tools.path,
    signal: cancel.signal,
    clock: Date.now,
  });
  clearTimeout(timer);
  assert.equal(end, "aborted");
  return new TextDecoder().decode(stdout.bytes);
}

for (const inGroup of [false, true]) {
  const no = noSandbox.ignore || !inGroup ? noSandbox : noGroups;
  const which = inGroup ? "a job in control groups" : "a job without control groups";
  Deno.test(`${which} is over when it was killed, at every moment of its start${no.why}`, {
    ignore: no.ignore,
  }, async () => {
    await using folder = await temporaryFolder();
    for (let afterMs = 0; afterMs <= LAST_MS; afterMs += STEP_MS) {
      const said = await saidOfKilled(folder.path, afterMs, inGroup);
      assert.equal(said, "", `killed after ${afterMs} ms`);
    }
  });
}
