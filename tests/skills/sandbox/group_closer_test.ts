/** One shell removes the control groups of many ended jobs, and leaves one in which something still runs to a shell of its own. */
import assert from "node:assert/strict";
import { type JobGroup, OPEN_GROUP, planGroup } from "../../../skills/sandbox/control_groups.ts";
import { createGroupCloser } from "../../../skills/sandbox/group_closer.ts";
import { noGroups, temporaryFolder, tools } from "../machine.ts";

const LIMITS = { memoryMb: 100, processes: 20 };
const options = { ignore: noGroups.ignore };

/** A shell that notes each start in a file: `many` for the one of all groups, `one` for that of a single group. */
async function notingShell(folder: string, first = "") {
  const [sh, notes] = [`${folder}/sh`, `${folder}/notes`];
  const text = `#!/bin/sh
case $2 in *IFS=*) echo many >>${notes}; ${first} ;; *) echo one >>${notes} ;; esac
exec ${tools.sh} "$@"
`;
  await Deno.writeTextFile(sh, text, { mode: 0o755 });
  const read = () => Deno.readTextFile(notes).then((text) => text.trim().split("\n"), () => []);
  return { tools: { sh, path: tools.path }, read };
}

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

async function ended(script: string): Promise<JobGroup> {
  const group = planGroup(tools.groups!, LIMITS);
  await inGroup(group, script).output();
  return group;
}

async function isThere(group: JobGroup): Promise<boolean> {
  const args = ["-c", 'for at; do [ -d "$at" ] && exit 0; done; exit 1', "sh", ...group.folders];
  return (await new Deno.Command(tools.sh!, { args }).output()).success;
}

Deno.test(
  `a closer removes groups with one shell, one in which something runs with another, and tells what was used${noGroups.why}`,
  options,
  async () => {
    await using folder = await temporaryFolder();
    const { tools: noting, read } = await notingShell(folder.path);
    const closer = createGroupCloser(noting, tools.groups!);
    const busy = planGroup(tools.groups!, LIMITS);
    const child = inGroup(busy, "echo in; exec sleep 600");
    const reader = child.stdout.getReader();
    try {
      await reader.read();
      const quick = await Promise.all(Array.from({ length: 5 }, () => ended("exit 0")));
      const hog = await ended("x=$(head -c 300000000 /dev/zero | tr '\\0' x); echo ${#x}");
      const unmade = planGroup(tools.groups!, LIMITS);
      const all = [busy, ...quick, unmade, hog];
      const closed = await Promise.all(all.map((group) => closer.close(group)));
      assert.deepEqual(closed.map(({ killed }) => killed), all.map((group) => group === hog));
      assert.equal((await child.status).signal, "SIGKILL");
      for (const group of all) assert.equal(await isThere(group), false);
      assert.deepEqual(await read(), ["many", "one"]);
      const { cpuMs, memoryBytes } = closed.at(-1)!;
      if (tools.groups!.version === 1) {
        assert.ok(memoryBytes! > 90 << 20, `${memoryBytes} bytes`);
        // Nothing else of these runs took as much.
        for (const other of closed.slice(1, 6)) assert.ok(other.memoryBytes! < memoryBytes!);
      }
      if (tools.groups!.processor !== null) assert.ok(cpuMs! > 0, `${cpuMs} ms`);
    } finally {
      try {
        child.kill("SIGKILL");
      } catch { /* It has ended. */ }
      await Promise.all([child.status, reader.cancel()]);
      await closer.end();
    }
  },
);

Deno.test(
  `a closer goes on after its shell has died, and after its end${noGroups.why}`,
  options,
  async () => {
    await using folder = await temporaryFolder();
    const dead = `${folder.path}/dead`;
    // The first one dies with the first group.
    const dies = `[ -e ${dead} ] || { echo >${dead}; read -r line; exit 1; }`;
    const { tools: noting, read } = await notingShell(folder.path, dies);
    const closer = createGroupCloser(noting, tools.groups!);
    const close = async () => {
      const group = await ended("exit 0");
      assert.equal((await closer.close(group)).killed, false);
      assert.equal(await isThere(group), false);
      return await read();
    };
    assert.deepEqual(await close(), ["many", "one"]);
    assert.deepEqual(await close(), ["many", "one", "many"]);
    assert.deepEqual(await close(), ["many", "one", "many"]);
    await closer.end();
    assert.deepEqual(await close(), ["many", "one", "many", "one"]);
  },
);

Deno.test(
  `a closer keeps the counts that came before its shell died${noGroups.why}`,
  options,
  async () => {
    await using folder = await temporaryFolder();
    const dies = 'read -r line; echo memory; echo "peak 7"; exit 1';
    const { tools: noting } = await notingShell(folder.path, dies);
    const closer = createGroupCloser(noting, tools.groups!);
    const { killed, memoryBytes } = await closer.close(planGroup(tools.groups!, LIMITS));
    await closer.end();
    assert.deepEqual([killed, memoryBytes], [true, 7]);
  },
);

Deno.test(
  `a closer removes groups without processes that a worker of this process left, a minute later${noGroups.why}`,
  options,
  async () => {
    const [left, young, busy] = [0, 1, 2].map(() => planGroup(tools.groups!, LIMITS));
    const age = async (group: JobGroup) => {
      const args = ["-c", 'touch -d "2 minutes ago" "$@"', "sh", ...group.folders];
      assert.ok((await new Deno.Command(tools.sh!, { args }).output()).success);
    };
    await Promise.all([left, young].map((group) => inGroup(group, "exit 0").output()));
    const child = inGroup(busy, "echo in; exec sleep 600");
    const reader = child.stdout.getReader();
    try {
      await reader.read();
      await age(left);
      await age(busy);
      const closer = createGroupCloser({ sh: tools.sh!, path: tools.path }, tools.groups!);
      await closer.close(await ended("exit 0"));
      await closer.end();
      const there = await Promise.all([left, young, busy].map(isThere));
      assert.deepEqual(there, [false, true, true]);
    } finally {
      child.kill("SIGKILL");
      await Promise.all([child.status, reader.cancel()]);
      const closer = createGroupCloser({ sh: tools.sh!, path: tools.path }, tools.groups!);
      await Promise.all([young, busy].map((group) => closer.close(group)));
      await closer.end();
    }
  },
);
