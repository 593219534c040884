/** Children that are killed while bubblewrap makes their sandbox. */
import assert from "node:assert/strict";
import { runChild } from "../../../skills/sandbox/child.ts";
import { sandboxed } from "../../../skills/sandbox/sandbox.ts";
import { noGroups, noSandbox, sandbox, temporaryFolder, tools } from "../machine.ts";

const LIMITS = { memoryMb: 100, processes: 20 };
const LAST_MS = 60;
const STEP_MS = 2;

/** Runs a job until nobody can write any more. */
async function run(folder: string, inGroup: boolean, signal?: AbortSignal) {
  if (sandbox.type === "none") throw new Error("there is no sandbox");
  const { end, stdout } = await runChild({
    ...sandboxed(sandbox, {
      binds: [],
      temp: null,
      seed: folder,
      cwd: "/",
      env: { PATH: "/usr/bin:/bin" },
      command: ["/bin/sh", "-c", `sleep 4; echo it ran on # ${folder}`],
    }, folder),
    ...inGroup && { tree: LIMITS, groups: tools.groups },
    timeoutMs: 120_000,
    outputBytes: 1_000,
    sh: tools.sh!,
    path: tools.path,
    signal,
    clock: Date.now,
  });
  return { end, said: new TextDecoder().decode(stdout.bytes) };
}

const hasPkill = await new Deno.Command("pkill", { args: ["-V"] }).output()
  .then(() => true, () => false);

/** Kills what this process has started as a part of the job in the folder: bubblewrap's first process. */
async function killFirst(folder: string): Promise<void> {
  const args = ["-KILL", "-P", String(Deno.pid), "-f", "--", folder];
  await new Deno.Command("pkill", { args }).output();
}

for (const inGroup of [false, true]) {
  const no = noSandbox.ignore || !inGroup ? noSandbox : noGroups;
  const which = inGroup ? "a job in control groups" : "a job without control groups";
  Deno.test(`${which} is over when it was killed, at every moment of its start${no.why}`, {
    ignore: no.ignore,
  }, async () => {
    await using folder = await temporaryFolder();
    for (let afterMs = 0; afterMs <= LAST_MS; afterMs += STEP_MS) {
      const cancel = new AbortController();
      const timer = setTimeout(() => cancel.abort(), afterMs);
      const ended = await run(folder.path, inGroup, cancel.signal);
      clearTimeout(timer);
      assert.deepEqual(ended, { end: "aborted", said: "" }, `killed after ${afterMs} ms`);
    }
  });

  const other = no.ignore || hasPkill ? no : { ignore: true, why: " (ignored: no pkill)" };
  Deno.test(
    `${which} is over when another process killed bubblewrap, at every moment of its start${other.why}`,
    {
      ignore: other.ignore,
    },
    async () => {
      await using folder = await temporaryFolder();
      for (let afterMs = 0; afterMs <= LAST_MS; afterMs += STEP_MS) {
        const running = run(folder.path, inGroup);
        await new Promise((resolve) => setTimeout(resolve, afterMs));
        await killFirst(folder.path);
        assert.equal((await running).said, "", `killed after ${afterMs} ms`);
      }
    },
  );
}
