import assert from "node:assert/strict";
import { connectionBudget } from "../../../network/dev/open_files.ts";

Deno.test("connectionBudget() stays below the open files that a process may have", () => {
  for (const openFiles of [1_024, 4_096, 20_000, 1_048_576, Infinity]) {
    const { relay, connector } = connectionBudget(openFiles);
    const most = relay.maxConnections + relay.maxPending + connector.maxPending;
    assert.ok(most + 512 < openFiles, `${most} connections of ${openFiles} files`);
    assert.ok(relay.maxConnections >= 256 && relay.maxPending >= 64 && connector.maxPending >= 64);
  }
});

Deno.test("connectionBudget() is what the documentation says if enough files can be open", () => {
  assert.deepEqual(connectionBudget(Infinity), {
    relay: {
      maxConnections: 16_384,
      maxConnectionsPerAddress: 1_024,
      maxPending: 512,
      maxPendingPerAddress: 256,
    },
    connector: { maxPending: 256, maxPendingPerAddress: 128 },
  });
});

Deno.test("openFileLimit() is the limit of its process", async () => {
  const module = new URL("../../../network/dev/open_files.ts", import.meta.url).href;
  const script = `import { openFileLimit } from "${module}"; console.log(await openFileLimit());`;
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", 'ulimit -n 900 && exec "$0" eval --cached-only "$1"', Deno.execPath(), script],
  }).output();
  assert.equal(new TextDecoder().decode(stdout), "900\n");
});
