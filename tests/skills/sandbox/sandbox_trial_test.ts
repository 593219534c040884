import assert from "node:assert/strict";
import type { Sandbox } from "../../../skills/sandbox/sandbox.ts";
import { trySandbox } from "../../../skills/sandbox/sandbox_trial.ts";
import { buildTier, sandboxTier } from "../../../skills/sandbox/tier.ts";
import { noSandbox, sandbox, temporaryFolder, tools } from "../machine.ts";

type Found = Extract<Sandbox, { type: "bubblewrap" }>;

Deno.test(`trySandbox() finds that the sandbox of this machine holds${noSandbox.why}`, {
  ignore: noSandbox.ignore,
}, async () => {
  await using folder = await temporaryFolder();
  const options = { tools, scratch: folder.path, home: folder.path, clock: Date.now };
  const probes = await trySandbox({ ...options, sandbox: sandbox as Found });
  assert.deepEqual(probes.filter(({ held }) => !held), []);
  assert.ok(probes.length >= 20);
  assert.deepEqual([...Deno.readDirSync(folder.path)], [], "nothing is left behind");
});

Deno.test("trySandbox() finds what a fake bubblewrap without isolation leaves open", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/bwrap`;
  const script = `#!/bin/sh
while [ "$1" != -- ]; do if [ "$1" = --bind ] && [ "$3" = /job ]; then cd "$2"; fi; shift; done
shift; exec "$@"
`;
  await Deno.writeTextFile(path, script, { mode: 0o755 });
  const nothing: Found = {
    type: "bubblewrap",
    path,
    mode: "user",
    limitsProcesses: false,
    userNamespace: true,
    disablesUserns: true,
    hidden: [],
  };
  // A control group would end processes that outlive the job.
  const options = {
    tools: { ...tools, groups: null },
    scratch: folder.path,
    home: folder.path,
    clock: Date.now,
  };
  const probes = await trySandbox({ ...options, sandbox: nothing });
  const open = new Set(probes.filter(({ held }) => !held).map(({ name }) => name));
  const expected = ["no-home", "no-processes", "call-list", "no-outliving"];
  for (const name of expected) assert.ok(open.has(name), `${name}: ${[...open]}`);
  for (const limit of ["limit-output", "limit-time"]) assert.ok(!open.has(limit), limit);
  // What outlived its job is this test's to end.
  const end =
    'for p in /proc/[0-9]*; do case $(tr "\\0" " " <$p/cmdline) in *": ct-probe-"*) kill -s KILL ${p#/proc/} ;; esac; done';
  await new Deno.Command("sh", { args: ["-c", end], stderr: "null" }).output();
});

Deno.test("sandboxTier() names what was found, and nothing that jobs do not use", () => {
  const groups = {
    version: 1,
    memory: "/sys/fs/cgroup/memory",
    processes: null,
    processor: null,
  } as const;
  assert.equal(sandboxTier({ type: "none" }, groups), "none");
  assert.equal(sandboxTier({ type: "bubblewrap" }, null), "bubblewrap");
  assert.equal(sandboxTier({ type: "bubblewrap" }, groups), "bubblewrap+cgroup");
  const runsc = {
    path: "/usr/bin/runsc",
    perl: "/usr/bin/perl",
    kvm: false,
    byRoot: true,
    lists: true,
  };
  const strong = { type: "bubblewrap", runsc } as const;
  assert.equal(sandboxTier(strong, null), "runsc");
  assert.equal(
    sandboxTier({ ...strong, runsc: { ...runsc, kvm: true } }, groups),
    "runsc+kvm+cgroup",
  );
  assert.equal(buildTier(strong, groups), "bubblewrap+cgroup", "images are built in bubblewrap");
});
