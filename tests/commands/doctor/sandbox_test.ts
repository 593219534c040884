import assert from "node:assert/strict";
import { noRunsc } from "../../skills/gvisor.ts";
import { noSandbox, sandbox, tools } from "../../skills/machine.ts";
import { MemoryIo, run } from "../memory_io.ts";

Deno.test(`doctor sandbox names the tier of this machine and every probe${noSandbox.why}`, {
  ignore: noSandbox.ignore,
}, async () => {
  const { code, out } = await run(["doctor", "sandbox", "--output", "json"], {
    io: withVariables({ PATH: tools.path, HOME: "/root" }),
  });
  const { ok, tier, probes, bubblewrap, landlock } = JSON.parse(out);
  assert.equal(code, 0, out);
  assert.deepEqual([ok, tier], [true, tools.groups ? "bubblewrap+cgroup" : "bubblewrap"]);
  assert.equal(bubblewrap.path, tools.bwrap);
  assert.equal(landlock, sandbox.type === "none" ? null : sandbox.landlock);
  assert.ok(probes.every(({ held }: { readonly held: boolean }) => held));
});

Deno.test("doctor sandbox is exit 1 and says why where there is none", async () => {
  const variables = { PATH: "/nonexistent", HOME: "/root" };
  const { code, out } = await run(["doctor", "sandbox"], { io: withVariables(variables) });
  assert.equal(code, 1);
  assert.match(out, /^tier none: bubblewrap \(bwrap\) is not installed\ninstall bubblewrap/);
  const { out: json } = await run(["doctor", "sandbox", "--output", "json"], {
    io: withVariables(variables),
  });
  assert.deepEqual(JSON.parse(json).probes, []);
});

Deno.test("doctor sandbox does not say to install a bubblewrap that is there and fails", async () => {
  const folder = await Deno.makeTempDir({ prefix: "ct-bwrap-" });
  try {
    const fails = '#!/bin/sh\necho "bwrap: Can\'t set hostname" >&2\nexit 1\n';
    await Deno.writeTextFile(`${folder}/bwrap`, fails, { mode: 0o755 });
    const { out } = await run(["doctor", "sandbox"], {
      io: withVariables({ PATH: `${folder}:/usr/bin:/bin`, HOME: "/root" }),
    });
    const [why, advice] = out.split("\n");
    assert.match(why, /^tier none: bubblewrap does not work here: .*Can't set hostname/);
    assert.match(advice, /^let this process make namespaces, mounts and host names/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test(`doctor sandbox --sandbox runsc tests gVisor before a provider uses it${noRunsc.why}`, {
  ignore: noRunsc.ignore,
}, async () => {
  const { code, out } = await run(
    ["doctor", "sandbox", "--sandbox", "runsc", "--output", "json"],
    { io: withVariables({ PATH: tools.path, HOME: "/root" }) },
  );
  const { ok, tier, probes, landlock, runsc, runsc_works } = JSON.parse(out);
  assert.equal(code, 0, out);
  assert.deepEqual([ok, tier], [true, tools.groups ? "runsc+cgroup" : "runsc"]);
  assert.deepEqual([runsc, runsc_works, landlock], [tools.runsc, true, null]);
  assert.ok(probes.length >= 20 && probes.every(({ held }: { readonly held: boolean }) => held));
});

Deno.test("doctor sandbox is exit 1 where the chosen sandbox is not there, and tests no weaker one", async () => {
  const { code, out } = await run(["doctor", "sandbox", "--sandbox", "runsc"], {
    io: withVariables({ PATH: "/nonexistent", HOME: "/root" }),
  });
  assert.equal(code, 1);
  assert.match(out, /^tier none: /);
});

function withVariables(variables: Record<string, string>): MemoryIo {
  return Object.assign(new MemoryIo(), { variables });
}
