import assert from "node:assert/strict";
import { chosenSandbox } from "../../../skills/sandbox/chosen_tier.ts";
import { findOtherTiers } from "../../../skills/sandbox/other_tiers.ts";
import { noRunsc } from "../gvisor.ts";
import { noSandbox, sandbox, temporaryFolder, tools } from "../machine.ts";

// Programs in place of runsc, which fail as it may.
for (
  const { name, script, version, fault } of [
    {
      name: "one that a container forbids",
      script: 'if [ "$1" = --version ]; then echo "runsc version 1"; exit; fi\n' +
        "echo 'running container: creating container: operation not permitted' >&2; exit 128",
      version: "1",
      fault: "creating container: operation not permitted",
    },
    {
      name: "one that says it ran and did not",
      script: "exit 0",
      version: null,
      fault: "exit code 0",
    },
    {
      name: "one that prints without end",
      script: "while :; do echo 0123456789012345678901234567890123456789; done",
      version: null,
      fault: "output",
    },
    {
      name: "one that is no program",
      script: null,
      version: null,
      fault: /No such file/,
    },
  ]
) {
  Deno.test(
    `a runsc that does not work is named with its fault, and not used: ${name}${noSandbox.why}`,
    {
      ignore: noSandbox.ignore,
    },
    async () => {
      await using folder = await temporaryFolder();
      const runsc = `${folder.path}/runsc`;
      if (script !== null) {
        await Deno.writeTextFile(runsc, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      }
      const place = { tools: { ...tools, runsc }, clock: Date.now, scratch: folder.path };
      const found = (await findOtherTiers(place.tools, sandbox, place)).runsc!;
      assert.deepEqual([found.path, found.version], [runsc, version]);
      if (fault instanceof RegExp) assert.match(found.fault!, fault);
      else assert.equal(found.fault, fault);
      const chosen = await chosenSandbox(sandbox, "runsc", place);
      assert.equal(chosen.type, "none", "no weaker sandbox than the chosen one");
      assert.equal(await chosenSandbox(sandbox, "auto", place), sandbox);
      assert.equal(await chosenSandbox(sandbox, "bubblewrap", place), sandbox);
    },
  );
}

Deno.test(`chosenSandbox() uses runsc where it works${noRunsc.why}`, {
  ignore: noRunsc.ignore,
}, async () => {
  await using folder = await temporaryFolder();
  const place = { tools, clock: Date.now, scratch: folder.path };
  const chosen = await chosenSandbox(sandbox, "runsc", place);
  assert.ok(chosen.type === "bubblewrap");
  assert.equal(chosen.runsc?.path, tools.runsc);
  const auto = await chosenSandbox(sandbox, "auto", place);
  assert.deepEqual(auto, chosen.runsc?.lists ? chosen : sandbox, "not one in which ls fails");
});

Deno.test("chosenSandbox() says why there is no runsc", async () => {
  const place = { tools: { ...tools, runsc: null }, clock: Date.now, scratch: "/tmp" };
  if (sandbox.type === "none") return;
  assert.deepEqual(await chosenSandbox(sandbox, "runsc+kvm", place), {
    type: "none",
    reason: "runsc+kvm: runsc is not installed",
  });
});

Deno.test("findOtherTiers() names no runsc where the PATH has none, and KVM as this user may use it", async () => {
  const place = { clock: Date.now, scratch: "/tmp" };
  const { runsc, kvm } = await findOtherTiers({ ...tools, runsc: null }, sandbox, place);
  assert.equal(runsc, null);
  const { code } = await new Deno.Command("test", { args: ["-e", "/dev/kvm"] }).output();
  const there = code === 0;
  assert.equal(kvm !== null, there);
  if (there && Deno.uid() === 0) assert.equal(kvm!.usable, true);
});
