/** Skills that judge: which ones may, what they get, and how a run ends. The runs are real, in this machine's sandbox. */
import assert from "node:assert/strict";
import { definition } from "../../../skills/judging/judge_service.ts";
import { until } from "../../until.ts";
import { noSandbox, sandbox, temporaryFolder, tools } from "../machine.ts";
import { approveSkill, writeSkill } from "../skill_files.ts";

const ABOUT = { jobId: "job-1", kind: 5650 };
const terms = (judges: string, timeoutS = 60) =>
  `kinds = []\n${judges}[limits]\ntimeout_s = ${timeoutS}\noutput_bytes = 4096\n` +
  `[run]\nrunner = "command"\ncommand = ["sh", "/skill/judge.sh"]\n`;
const bytes = (text: string) => new TextEncoder().encode(text);

/** The service on a home with approved judges: each a name and its script. */
async function judges(scripts: Readonly<Record<string, string>>, options: {
  readonly timeoutS?: number;
  readonly sandbox?: typeof sandbox;
} = {}) {
  const folder = await temporaryFolder();
  const skills = `${folder.path}/skills`;
  const workFolder = `${folder.path}/work`;
  await Deno.mkdir(workFolder, { mode: 0o700 });
  for (const [name, script] of Object.entries(scripts)) {
    await writeSkill(`${skills}/${name}`, terms("judges = true\n", options.timeoutS), {
      "judge.sh": `${script}\n`,
    });
    await approveSkill(folder.path, `${skills}/${name}`);
  }
  const service = await definition.start(
    {
      tools,
      sandbox: options.sandbox ?? sandbox,
      folders: [skills],
      approvals: [`${folder.path}/approved_skills.json`],
      workFolder,
      permissions: {},
    },
    {},
    { clock: Date.now },
  );
  return {
    service,
    skills,
    home: folder.path,
    /** Folders of runs that are left. */
    left: () => [...Deno.readDirSync(workFolder)].map(({ name }) => name),
    async judge(name: string, input = "[]") {
      const found = await service.find(name);
      assert.ok("sha256" in found, JSON.stringify(found));
      return await service.judge(name, found.sha256, ABOUT, bytes(input));
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

Deno.test(
  `find() names an approved skill that judges, and says why another one cannot${noSandbox.why}`,
  {
    ignore: noSandbox.ignore,
  },
  async () => {
    await using home = await judges({ good: "cat", changed: "cat" });
    await writeSkill(`${home.skills}/sold`, terms("").replace("kinds = []", "kinds = [5650]"));
    await approveSkill(home.home, `${home.skills}/sold`);
    await writeSkill(`${home.skills}/new`, terms("judges = true\n"), { "judge.sh": "cat\n" });
    await Deno.writeTextFile(`${home.skills}/changed/judge.sh`, "echo '{}'\n");
    const found = await home.service.find("good");
    assert.deepEqual(Object.keys(found), ["name", "sha256"]);
    const codes = [];
    for (const name of ["none", "new", "changed", "sold"]) {
      const other = await home.service.find(name);
      codes.push("code" in other && other.code);
    }
    assert.deepEqual(codes, ["unknown_skill", "not_approved", "changed", "no_judge"]);
  },
);

Deno.test("find() refuses a command where there is no sandbox, whatever the owner allows", async () => {
  await using home = await judges({ good: "cat" }, {
    sandbox: { type: "none", reason: "bwrap is missing" } as typeof sandbox,
  });
  assert.deepEqual(await home.service.find("good"), {
    code: "cannot_run",
    message: "a command judges only in a sandbox, and there is none here: bwrap is missing",
  });
});

Deno.test(
  `judge() gives the answers on standard input, and the judge's text is the outcome${noSandbox.why}`,
  {
    ignore: noSandbox.ignore,
  },
  async () => {
    await using home = await judges({ good: "cat" });
    assert.deepEqual(await home.judge("good", '["a","b"]'), { text: '["a","b"]' });
    assert.deepEqual(home.left(), []);
  },
);

Deno.test(
  `judge() of a judge that fails, talks too long or is late is that failure, and leaves no folder${noSandbox.why}`,
  {
    ignore: noSandbox.ignore,
  },
  async () => {
    await using home = await judges({
      fails: "echo no >&2; exit 3",
      talks: "head -c 5000 /dev/zero | tr '\\0' x",
      late: "sleep 600",
    }, { timeoutS: 1 });
    const codes = [];
    for (const name of ["fails", "talks", "late"]) {
      const outcome = await home.judge(name);
      codes.push("code" in outcome ? outcome.code : outcome.text.slice(0, 20));
    }
    assert.deepEqual(codes, ["skill_failed", "output_limit", "timeout"]);
    assert.deepEqual(home.left(), []);
  },
);

Deno.test(
  `judge() refuses a skill whose files changed since it was found, even if the change was approved${noSandbox.why}`,
  {
    ignore: noSandbox.ignore,
  },
  async () => {
    await using home = await judges({ good: "cat" });
    const found = await home.service.find("good");
    assert.ok("sha256" in found);
    await Deno.writeTextFile(`${home.skills}/good/judge.sh`, "echo '{}'\n");
    await approveSkill(home.home, `${home.skills}/good`);
    const outcome = await home.service.judge("good", found.sha256, ABOUT, bytes("[]"));
    assert.ok("code" in outcome);
    assert.equal(outcome.code, "judge_changed");
  },
);

Deno.test(`cancel() ends the run at work and those that wait${noSandbox.why}`, {
  ignore: noSandbox.ignore,
}, async () => {
  await using home = await judges({ slow: "sleep 600" });
  const runs = [home.judge("slow"), home.judge("slow")];
  // The first one has a folder as soon as it runs.
  await until(() => home.left().length > 0);
  await home.service.cancel();
  for (const outcome of await Promise.all(runs)) {
    assert.ok("code" in outcome);
    assert.equal(outcome.code, "cancelled");
  }
  assert.deepEqual(home.left(), []);
});
