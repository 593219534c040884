import assert from "node:assert/strict";
import { mayRun, type Sandbox } from "../../../skills/sandbox/sandbox.ts";
import { probeSandbox } from "../../../skills/sandbox/sandbox_probe.ts";
import { temporaryFolder, tools } from "../machine.ts";

const NONE: Sandbox = { type: "none", reason: "bubblewrap (bwrap) is not installed" };
const BUYER = "b".repeat(64);
const OTHER = "c".repeat(64);

Deno.test("mayRun() serves nobody without a sandbox but buyers on the list and a network of our own", () => {
  const policy = { ownNetwork: false, allowBuyers: [] };
  assert.equal(mayRun(NONE, policy, BUYER), false);
  assert.equal(mayRun(NONE, { ...policy, allowBuyers: [OTHER] }, BUYER), false);
  assert.equal(mayRun(NONE, { ...policy, allowBuyers: [BUYER] }, BUYER), true);
  assert.equal(mayRun(NONE, { ...policy, ownNetwork: true }, BUYER), true);
  const sandbox: Sandbox = {
    type: "bubblewrap",
    path: "/usr/bin/bwrap",
    mode: "user",
    limitsProcesses: true,
    userNamespace: true,
    disablesUserns: true,
    hidden: [],
  };
  assert.equal(mayRun(sandbox, policy, BUYER), true);
});

Deno.test("probeSandbox() finds none where there is no bwrap, no sh, or one that does not work", async () => {
  await using folder = await temporaryFolder();
  const broken = `${folder.path}/bwrap`;
  await Deno.writeTextFile(broken, "#!/bin/sh\necho no namespaces here >&2\nexit 1\n", {
    mode: 0o755,
  });
  for (
    const [changed, reason] of [
      [{ bwrap: null }, /not installed/],
      [{ bwrap: "/bin/true", sh: null }, /no sh/],
      [{ bwrap: broken }, /does not work here: no namespaces here/],
      [{ bwrap: "/nonexistent/bwrap" }, /does not work here/],
    ] as const
  ) {
    const found = await probeSandbox({ ...tools, ...changed }, Date.now, folder.path);
    assert.equal(found.type, "none");
    assert.match(found.type === "none" ? found.reason : "", reason);
  }
});
