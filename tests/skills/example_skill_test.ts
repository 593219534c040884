import assert from "node:assert/strict";
import { encodeToon } from "../../protocols/toon/encode.ts";
import { createSkillHost } from "../../skills/host/host.ts";
import { createSkillRegistry } from "../../skills/catalog/registry.ts";
import { requestEvent, sandbox, temporaryFolder, tools } from "./machine.ts";

Deno.test("the example skill word-count is found, priced and run from its folder", async () => {
  await using folder = await temporaryFolder();
  const registry = createSkillRegistry({
    approvals: null,
    builtin: [],
    folders: [new URL("../../fixtures/skills", import.meta.url).pathname],
  });
  const { skills, problems } = await registry.scan();
  assert.deepEqual(problems, []);
  assert.deepEqual(skills.map(({ manifest }) => [manifest.name, manifest.price.flatUnits]), [
    ["word-count", 100n],
  ]);
  const host = createSkillHost({
    registry,
    workFolder: `${folder.path}/work`,
    tools,
    sandbox,
    policy: { ownNetwork: true, allowBuyers: [] },
    clock: Date.now,
  });
  for (
    const [tags, expected] of [
      [[["i", "three little words", "text"]], '{"words":3}\n'],
      [[], "word-count exited 1"],
    ] as [string[][], string][]
  ) {
    const event = requestEvent(5650, tags);
    const outcome = await host.runKind({
      jobId: "job-1",
      attempt: 1,
      bytes: encodeToon(event, "1.4"),
      encoding: "toon",
      kind: 5650,
      event,
      maxContentBytes: 1000,
    });
    assert.equal(outcome.content, expected, outcome.log ?? "");
  }
});
