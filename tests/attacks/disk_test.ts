/** A job that fills the provider's disk. */
import assert from "node:assert/strict";
import { runChild } from "../../skills/sandbox/child.ts";

for (
  const { name, script, end } of [
    { name: "less than its limit", script: "head -c 20000000 /dev/zero > a; sleep 1", end: "exit" },
    {
      name: "many files, each below the limit of one",
      script: "n=0; while :; do n=$((n+1)); head -c 30000000 /dev/zero > f$n; sleep 0.1; done",
      end: "disk",
    },
    {
      name: "more files than it may have, all of them empty",
      script: "n=0; while :; do n=$((n+1)); : > f$n; done",
      end: "files",
    },
  ]
) {
  Deno.test(`runChild() watches what a job writes to the disk: ${name}`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const came = await runChild({
        command: "/bin/sh",
        args: ["-c", script],
        cwd: folder,
        env: { PATH: "/usr/bin:/bin" },
        timeoutMs: 120_000,
        outputBytes: 1_000,
        sh: "/bin/sh",
        path: "/usr/bin:/bin",
        tree: { memoryMb: 1_000, processes: 100, disk: { folder, mb: 100, files: 2_000 } },
        clock: Date.now,
      });
      assert.equal(came.end, end);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
