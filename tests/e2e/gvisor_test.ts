/** The provider of `dev up` in gVisor, and a skill that requires it. */
import assert from "node:assert/strict";
import { noRunsc } from "../skills/gvisor.ts";
import { noSandbox, tools } from "../skills/machine.ts";
import { writeSkill } from "../skills/skill_files.ts";
import { type Document, testHome } from "./process.ts";

const TERMS = `kinds = [5650]
[price]
flat_units = 1000
[run]
runner = "command"
command = ["cat", "/proc/version"]
tier = "runsc"
`;
/** What gVisor answers, on every machine. */
const GVISOR = /^Linux version 4\.4\.0 /;

Deno.test(
  `dev up starts its provider with its home's node.sandbox, and a skill that requires gVisor is sold only there${noRunsc.why}`,
  {
    ignore: noRunsc.ignore,
  },
  async () => {
    await using home = await testHome();
    await using other = await testHome();
    for (const { path } of [home, other]) await writeSkill(`${path}/mine/kernel`, TERMS);

    await home.json(["config", "set", "node.sandbox", "runsc"]);
    await home.json(["skill", "approve", `${home.path}/mine/kernel`]);
    await home.json(["dev", "up", "--detach"]);
    const { providers } = await home.json(["provider", "list", "--tier", "runsc"]);
    assert.equal(providers.length, 1);
    assert.match(providers[0].sandbox, /^runsc/);
    const run = ["--input", "x", "--wait", "--again"];
    const job = await home.json(["job", "submit", "kernel", ...run]);
    assert.match(job.result.content, GVISOR);

    // A provider of bubblewrap does not offer it, and says so.
    const there = (args: readonly string[], code = 0): Promise<Document> =>
      home.json([...args, "--home", other.path], { code });
    await there(["skill", "approve", `${other.path}/mine/kernel`]);
    const up = await there(["node", "up", "--detach", "--network", "dev"]);
    try {
      assert.match(up.sandbox, /^bubblewrap/);
      const { kinds, unused_skills } = await there(["node", "status", "--network", "dev"]);
      assert.doesNotMatch(kinds, /5650/);
      assert.deepEqual(unused_skills.map(({ code }: Document) => code), ["weak_sandbox"]);
      assert.equal((await there(["skill", "show", "kernel"])).tier, "runsc");
    } finally {
      await home.run(["node", "down", "--home", other.path]);
    }
  },
);

Deno.test(
  `dev up does not start a provider in a weaker sandbox than its home's node.sandbox, if gVisor is broken${noSandbox.why}`,
  {
    ignore: noSandbox.ignore,
  },
  async () => {
    await using home = await testHome();
    await home.json(["config", "set", "node.sandbox", "runsc"]);
    await Deno.writeTextFile(`${home.path}/runsc`, "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    const env = { PATH: `${home.path}:${tools.path}` };
    const { error } = await home.json(["dev", "up", "--detach"], { code: 1, env });
    assert.equal(error.code, "sandbox_choice");
  },
);

Deno.test(
  `a job whose gVisor is gone does not run in bubblewrap, and the provider's log says why${noRunsc.why}`,
  {
    ignore: noRunsc.ignore,
  },
  async () => {
    await using home = await testHome();
    await home.json(["config", "set", "node.sandbox", "runsc"]);
    await Deno.copyFile(tools.runsc!, `${home.path}/runsc`);
    const env = { PATH: `${home.path}:${tools.path}` };
    await home.json(["dev", "up", "--detach"], { env });
    const submit = (code: number): Promise<Document> =>
      home.json(
        [
          ...["job", "submit", "ci-run", "--input", "fixtures/projects/hello"],
          ...["--param", "command=cat /proc/version", "--wait", "--again"],
        ],
        { code },
      );
    assert.match((await submit(0)).result.log, GVISOR);
    await Deno.remove(`${home.path}/runsc`);
    const job = await submit(1);
    assert.equal(job.error.code, "cannot_run");
    assert.doesNotMatch(JSON.stringify(job), /Linux version|\/runsc/);
    const log = await Deno.readTextFile(`${home.path}/dev/provider/hooks/mayor-001/crosstown.log`);
    assert.match(log, /level=warn msg="job could not be run here" .*find source path .*\/runsc/);
  },
);
