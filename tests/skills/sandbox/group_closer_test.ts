/** One shell removes the control groups of many ended jobs, and waits for none in which something still runs. */
import assert from "node:assert/strict";
import { type JobGroup, planGroup } from "../../../skills/sandbox/control_groups.ts";
import { OPEN_GROUP } from "../../../skills/sandbox/control_groups.ts";
import { createGroupCloser } from "../../../skills/sandbox/group_closer.ts";
import { noGroups, temporaryFolder, tools } from "../machine.ts";

const LIMITS = { memoryMb: 100, processes: 20 };
const use = () => ({ sh: tools.sh!, path: tools.path });

/** Runs a script in a group of its own. */
function inGroup(group: JobGroup, script: string): Deno.ChildProcess {
  const args = [`${OPEN_GROUP} open_group "$@" && ${script}`, "sh", ...group.open];
  return new Deno.Command(tools.sh!, {
    args: ["-c", ...args],
    clearEnv: true,
    env: { PATH: tools.path },
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
}

async function isThere(group: JobGroup): Promise<boolean> {
  const args = ["-c", 'for at; do [ -d "$at" ] && exit 0; done; exit 1', "sh", ...group.folders];
  return (await new Deno.Command(tools.sh!, { args }).output()).success;
}

const options = { ignore: noGroups.ignore };

Deno.test(
  `a closer tells what the jobs used, and removes groups in which something runs${noGroups.why}`,
  options,
  async () => {
    const closer = createGroupCloser(use());
    try {
      const quick = Array.from({ length: 5 }, () => planGroup(tools.groups!, LIMITS));
      await Promise.all(quick.map((group) => inGroup(group, "exit 0").output()));
      const busy = planGroup(tools.groups!, LIMITS);
      const child = inGroup(busy, "echo in; exec sleep 600");
      const reader = child.stdout.getReader();
      await reader.read();
      const killed = planGroup(tools.groups!, LIMITS);
      const hog = "x=$(head -c 300000000 /dev/zero | tr '\\0' x); echo ${#x}";
      await inGroup(killed, hog).output();
      // The one in which a program runs is first, and those after it do not wait for its end.
      const all = await Promise.all([busy, ...quick, killed].map((group) => closer.close(group)));
      assert.deepEqual(all.map((each) => each.killed), [...all.slice(1).map(() => false), true]);
      for (const { memoryBytes, cpuMs } of all.slice(1)) {
        assert.ok(memoryBytes === null || memoryBytes > 0);
        assert.ok(cpuMs === null || cpuMs >= 0);
      }
      assert.equal((await child.status).signal, "SIGKILL");
      await reader.cancel();
      for (const group of [busy, ...quick, killed]) assert.equal(await isThere(group), false);
    } finally {
      await closer.end();
    }
  },
);

Deno.test(
  `a closer goes on after its shell has died, and after its end${noGroups.why}`,
  options,
  async () => {
    await using folder = await temporaryFolder();
    // A shell that dies with the first group.
    const bad = `${folder.path}/sh`;
    await Deno.writeTextFile(
      bad,
      `#!/bin/sh\ncase $2 in *"shift 9"*|*IFS=*) read -r line; exit 1 ;; esac\nexec ${tools.sh} "$@"\n`,
      { mode: 0o755 },
    );
    const closer = createGroupCloser({ sh: bad, path: tools.path });
    const close = async () => {
      const group = planGroup(tools.groups!, LIMITS);
      await inGroup(group, "exit 0").output();
      assert.equal((await closer.close(group)).killed, false);
      assert.equal(await isThere(group), false);
    };
    await close();
    await close();
    await closer.end();
    await close();
  },
);
