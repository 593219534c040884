import assert from "node:assert/strict";
import { diskOf, startWatchdog } from "../../../skills/sandbox/watchdog.ts";
import { temporaryFolder, tools } from "../machine.ts";

Deno.test("a watchdog ends with its process, even if nobody reaps that", {
  ignore: Deno.build.os !== "linux",
}, async () => {
  await using folder = await temporaryFolder();
  // The second program does not know of the child of the first, and never waits for it.
  const parent = new Deno.Command(tools.sh!, {
    args: ["-c", "sleep 0.01 & echo $!; exec sleep 600 >&-"],
    stdout: "piped",
  }).spawn();
  try {
    const { value } = await parent.stdout.getReader().read();
    const pid = Number(new TextDecoder().decode(value));
    const limits = { memoryMb: 64, processes: 8, disk: diskOf(folder.path) };
    const watchdog = startWatchdog(tools.sh!, tools.path, pid, limits);
    assert.equal(await watchdog.verdict, "gone");
    watchdog.stop();
  } finally {
    parent.kill("SIGKILL");
    await parent.status;
  }
});
