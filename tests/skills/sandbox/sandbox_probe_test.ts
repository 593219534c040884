import assert from "node:assert/strict";
import { probeSandbox } from "../../../skills/sandbox/sandbox_probe.ts";
import { noSandbox, sandbox, temporaryFolder, tools } from "../machine.ts";

Deno.test({
  name: `probes beside each other find the same sandbox as one alone${noSandbox.why}`,
  ignore: noSandbox.ignore,
  async fn() {
    await using folder = await temporaryFolder();
    const found = await Promise.all(
      Array.from({ length: 12 }, () => probeSandbox(tools, Date.now, folder.path)),
    );
    const { runsc: _, ...alone } = { runsc: undefined, ...sandbox };
    assert.deepEqual(found, found.map(() => alone));
  },
});
