/** What each runner gets of an event: its bytes as they arrived, and the decoded view. */
import assert from "node:assert/strict";
import { encodeToon } from "../../../protocols/toon/encode.ts";
import { createSkillRegistry } from "../../../skills/catalog/registry.ts";
import { createSkillHost } from "../../../skills/host/host.ts";
import type { OpenedMessage } from "../../../skills/skill.ts";
import { requestEvent, sandbox, temporaryFolder, tools } from "../machine.ts";
import { manifestOf, writeSkill } from "../skill_files.ts";

const SCRIPT = `#!/bin/sh
cat > given
echo "$CROSSTOWN_ENCODING $CROSSTOWN_REENCODED"
cat "$CROSSTOWN_EVENT"; echo
if [ -n "$CROSSTOWN_MESSAGE" ]; then cat "$CROSSTOWN_MESSAGE"; else printf none; fi; echo
base64 -w 0 given
`;
const MODULE = `const given = new Uint8Array(await new Response(Deno.stdin.readable).arrayBuffer());
const read = (name: string) => Deno.env.has(name) ? Deno.readTextFileSync(Deno.env.get(name)!) : "none";
console.log(Deno.env.get("CROSSTOWN_ENCODING"), Deno.env.get("CROSSTOWN_REENCODED"));
console.log([read("CROSSTOWN_EVENT"), read("CROSSTOWN_MESSAGE"), given.toBase64()].join("\\n"));
`;
const RUNS = {
  deno: '[run]\nrunner = "deno"\nmodule = "main.ts"\n',
  command: '[run]\nrunner = "command"\ncommand = ["./run.sh"]\n',
  agent: '[run]\nrunner = "agent"\ncommand = ["./run.sh"]\n',
};
const MESSAGE = { id: "4".repeat(64), kind: 14, content: "secret" } as unknown as OpenedMessage;

for (const [runner, run] of Object.entries(RUNS)) {
  for (const message of [undefined, MESSAGE]) {
    Deno.test(`a skill of runner ${runner} is given the raw TOON unchanged and the decoded event${message ? ", and the opened message" : ""}`, async () => {
      await using folder = await temporaryFolder();
      const permission = '[permissions]\nenv = ["HOME"]\n';
      await writeSkill(
        `${folder.path}/skills/views`,
        `kinds = [1059]\n[limits]\ntimeout_s = 20\n${permission}decrypt = true\n${run}`,
        { "main.ts": MODULE, "run.sh": SCRIPT },
      );
      const host = createSkillHost({
        registry: createSkillRegistry({
          builtin: [],
          folders: [`${folder.path}/skills`],
          approvals: null,
        }),
        workFolder: `${folder.path}/work`,
        tools,
        sandbox,
        policy: { ownNetwork: true, allowBuyers: [] },
        clock: Date.now,
      });
      const event = requestEvent(1059, [["x", "[2]: y"], [""], ["__proto__", "1e5\r\n"]]);
      const bytes = encodeToon(event, "1.4");
      const outcome = await host.runKind({
        jobId: "job-1111111",
        attempt: 1,
        bytes,
        encoding: "toon",
        kind: 1059,
        event,
        ...(message && { message }),
        maxContentBytes: 20_000,
      });
      assert.equal(outcome.status, "success", outcome.content + outcome.log);
      const [encoding, shown, opened, given] = outcome.content.trimEnd().split("\n");
      assert.equal(encoding, "toon 0");
      assert.deepEqual(JSON.parse(shown), event);
      assert.equal(opened, message ? JSON.stringify(message) : "none");
      const got = Uint8Array.fromBase64(given);
      if (runner !== "agent") return assert.deepEqual(got, bytes);
      const text = new TextDecoder().decode(got);
      const [, mark] = /^BEGIN DATA (\w+)$/m.exec(text)!;
      const parts = text.split(`BEGIN DATA ${mark}\n`).slice(1)
        .map((part) => part.slice(0, part.indexOf(`\nEND DATA ${mark}\n`)));
      const data = [new TextDecoder().decode(bytes), ...(message ? [JSON.stringify(message)] : [])];
      assert.deepEqual(parts, data);
    });
  }
}

Deno.test("parseManifest() takes decrypt for gift wraps alone", () => {
  const terms = (kind: number) => `kinds = [${kind}]\n[permissions]\ndecrypt = true\n${RUNS.deno}`;
  assert.equal(manifestOf(terms(1059)).decrypt, true);
  assert.throws(() => manifestOf(terms(5650)), {
    code: "bad_manifest",
    message: /skill\.toml:3: permissions\.decrypt opens gift wraps: add kind 1059/,
  });
});

Deno.test("a result that does not fit the skill's own schema is bad_output, and nobody gets it", async () => {
  await using folder = await temporaryFolder();
  await writeSkill(
    `${folder.path}/skills/counts`,
    'kinds = [5650]\n[output]\ntype = "integer"\n[run]\nrunner = "command"\ncommand = ["cat"]\n',
  );
  const host = createSkillHost({
    registry: createSkillRegistry({
      builtin: [],
      folders: [`${folder.path}/skills`],
      approvals: null,
    }),
    workFolder: `${folder.path}/work`,
    tools,
    sandbox,
    policy: { ownNetwork: true, allowBuyers: [] },
    clock: Date.now,
  });
  const cases: readonly [content: string, code: string | undefined][] = [
    ["7", undefined],
    ["7.5", "bad_output"],
    ["x", "bad_output"],
  ];
  for (const [content, code] of cases) {
    const outcome = await host.runKind({
      jobId: "job-1111111",
      attempt: 1,
      bytes: new TextEncoder().encode(content),
      encoding: "json",
      kind: 5650,
      event: requestEvent(5650, []),
      maxContentBytes: 20_000,
    });
    assert.equal(outcome.errorCode, code, content);
    assert.equal(outcome.content.includes("does not fit"), code !== undefined);
  }
});
