import assert from "node:assert/strict";
import { runChild } from "../../skills/sandbox/child.ts";

const PATH = Deno.env.get("PATH") ?? "";

/** Runs a command in its own folder on the disk with a limit of 8 MiB. */
async function run(script: string) {
  const folder = await Deno.makeTempDir({ dir: "/var/tmp" });
  try {
    return await runChild({
      command: "sh",
      args: ["-c", script],
      cwd: folder,
      env: { PATH },
      timeoutMs: 120_000,
      outputBytes: 1_000,
      sh: "sh",
      path: PATH,
      tree: { memoryMb: 1_024, processes: 64, disk: { folder, mb: 8, files: 100 } },
      clock: Date.now,
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const ignore = Deno.build.os !== "linux";

Deno.test(
  "runChild() counts deleted files that a process of the job has open",
  { ignore },
  async () => {
    const { end } = await run(
      "exec 3>a; rm a; head -c 16000000 /dev/zero >&3; exec 1>&- 2>&-; while :; do sleep 1; done",
    );
    assert.equal(end, "disk");
  },
);

Deno.test(
  "runChild() counts a deleted file once that several processes have open, and none that lies in memory",
  { ignore },
  async () => {
    // 6 MiB in the disk's folder held by five processes, and 16 MiB in memory that one holds; the job ends after the watchdog's check.
    const { end, exitCode } = await run(
      "exec 3>a; rm a; head -c 6000000 /dev/zero >&3; for i in 1 2 3 4; do sleep 2 & done; " +
        "exec 4>/dev/shm/crosstown-test-$$; rm /dev/shm/crosstown-test-$$; head -c 16000000 /dev/zero >&4; wait",
    );
    assert.equal(`${end} ${exitCode}`, "exit 0");
  },
);
