import assert from "node:assert/strict";
import type { BuiltinSkill, SkillOutcome } from "../../../skills/skill.ts";
import { echo } from "../../../skills/builtin/echo.ts";
import { runPermission } from "../../../skills/sandbox/tools.ts";
import { noSandbox, requestEvent, sandbox, temporaryFolder, tools } from "../machine.ts";
import { hostOf, hostRequest, policy } from "./host_rig.ts";
import { head, skillFolder } from "./skill_folders.ts";

Deno.test("createSkillHost() gives a command the raw bytes and takes its standard output", async () => {
  await using folder = await temporaryFolder();
  await skillFolder(
    `${folder.path}/skills`,
    "raw",
    head(5650) + '[run]\nrunner = "command"\ncommand = ["./run.sh"]\n',
    {
      "run.sh":
        "#!/bin/sh\nsha256sum | cut -c1-64\necho $CROSSTOWN_JOB_ID $CROSSTOWN_ATTEMPT >&2\n",
    },
  );
  const bytes = crypto.getRandomValues(new Uint8Array(40_000));
  const before = bytes.slice();
  const outcome = await hostOf(folder.path).runKind(hostRequest(5650, { bytes, attempt: 3 }));
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", before)).toHex();
  assert.equal(outcome.status, "success", outcome.content + outcome.log);
  assert.equal(outcome.content.trim(), sum);
  assert.equal(outcome.log, "job-1111111 3\n");
  assert.deepEqual(bytes, before);
  assert.deepEqual([...Deno.readDirSync(`${folder.path}/work`)], []);
});

for (
  const { name, terms, files, expected } of [
    {
      name: "a command prints, not what it says to its provider",
      terms: '[run]\nrunner = "command"\ncommand = ["./run.sh"]\n',
      files: { "run.sh": "#!/bin/sh\necho one\necho secret >&2\nsleep 0.3\necho two\n" },
      expected: "one\ntwo\n",
    },
    {
      name: "a deno module prints",
      terms: '[run]\nrunner = "deno"\nmodule = "main.ts"\n',
      files: { "main.ts": 'console.log("one");\nconsole.log("two");\n' },
      expected: "one\ntwo\n",
    },
    {
      name: "nothing of what must fit a schema first",
      terms: '[output]\ntype = "integer"\n[run]\nrunner = "command"\ncommand = ["echo", "7"]\n',
      files: {},
      expected: "",
    },
  ]
) {
  Deno.test(`createSkillHost() hands on while it runs what ${name}`, async () => {
    await using folder = await temporaryFolder();
    await skillFolder(`${folder.path}/skills`, "talks", head(5650) + terms, files);
    let live = "";
    const outcome = await hostOf(folder.path).runKind(hostRequest(5650), {
      output: (bytes) => void (live += new TextDecoder().decode(bytes)),
    });
    assert.equal(outcome.status, "success", outcome.content + outcome.log);
    assert.equal(live, expected);
    if (expected !== "") assert.equal(outcome.content, expected);
  });
}

Deno.test("createSkillHost() returns an outcome for every way in which a child can fail", async () => {
  await using folder = await temporaryFolder();
  for (
    const [at, { name, script, limits = "", code }] of [
      { name: "exit", script: "echo secret >&2; exit 3", code: "skill_failed" },
      { name: "timeout", script: "sleep 60", limits: "timeout_s = 1", code: "timeout" },
      { name: "output", script: "yes", limits: "output_bytes = 1000", code: "output_limit" },
      { name: "errors", script: "yes >&2", limits: "output_bytes = 1000", code: "output_limit" },
      { name: "binary", script: "printf '\\377\\376'", code: "bad_output" },
      { name: "large", script: "seq 1 20000", limits: "output_bytes = 200000", code: "too_large" },
      {
        name: "memory",
        script: "deno eval 'const a = []; for (;;) a.push(new Uint8Array(1e7).fill(1))'",
        limits: "memory_mb = 200",
        code: /memory_limit|skill_failed/,
      },
      {
        name: "processes",
        script: "i=0; while [ $i -lt 40 ]; do sleep 20 & i=$((i+1)); done; wait",
        limits: "processes = 8",
        code: /process_limit|skill_failed/,
      },
      { name: "no program", script: "", code: "skill_failed" },
    ].entries()
  ) {
    const command = script === "" ? '"./missing"' : '"sh", "./run.sh"';
    await skillFolder(
      `${folder.path}/skills`,
      `s${at}`,
      head(5700 + at) +
        `[limits]\n${limits}\n[run]\nrunner = "command"\nsandbox = false\ncommand = [${command}]\n`,
      { "run.sh": script },
    );
    const manifest = `${folder.path}/skills/s${at}/skill.toml`;
    const text = await Deno.readTextFile(manifest);
    await Deno.writeTextFile(
      manifest,
      text.replace('"./run.sh"', JSON.stringify(`${folder.path}/skills/s${at}/run.sh`)),
    );
    const outcome = await hostOf(folder.path).runKind(hostRequest(5700 + at));
    assert.equal(outcome.status, "error", name);
    assert.match(
      outcome.errorCode ?? "",
      code instanceof RegExp ? code : new RegExp(`^${code}$`),
      `${name}: ${outcome.content}`,
    );
    assert.doesNotMatch(outcome.content, /secret|crosstown-skills/, name);
  }
});

Deno.test(
  `createSkillHost() keeps a command skill in its folder and off the network${noSandbox.why}`,
  {
    ignore: noSandbox.ignore,
  },
  async () => {
    await using folder = await temporaryFolder();
    await skillFolder(
      `${folder.path}/skills`,
      "inside",
      head(5660) + '[run]\nrunner = "command"\ncommand = ["./run.sh"]\n',
      {
        "run.sh": `#!/bin/sh

cat ${folder.path}/secret 2>/dev/null && echo read

echo x 2>/dev/null >/skill/new && echo wrote

ls /sys/class/net 2>/dev/null

ls /skill
`,
      },
    );
    await Deno.writeTextFile(`${folder.path}/secret`, "s");
    const outcome = await hostOf(folder.path).runKind(hostRequest(5660));
    assert.equal(outcome.content, "SKILL.md\nrun.sh\nskill.toml\n", outcome.log ?? "");
  },
);

Deno.test("createSkillHost() without a sandbox refuses strangers a sandboxed command", async () => {
  await using folder = await temporaryFolder();
  const run = '[run]\nrunner = "command"\ncommand = ["echo", "hi"]\n';
  await skillFolder(`${folder.path}/skills`, "a", head(5650) + run);
  await skillFolder(`${folder.path}/skills`, "b", head(5651) + run + "sandbox = false\n");
  const host = hostOf(folder.path, {
    sandbox: { type: "none", reason: "test" },
    policy: { ownNetwork: false, allowBuyers: [] },
  });
  assert.equal((await host.runKind(hostRequest(5650))).errorCode, "sandbox_required");
  assert.equal((await host.runKind(hostRequest(5651))).content, "hi\n");
});

Deno.test("createSkillHost() re-encodes for a skill that takes one encoding, and says so", async () => {
  await using folder = await temporaryFolder();
  const seen: string[] = [];
  const show =
    '[run]\nrunner = "command"\nsandbox = false\ncommand = ["sh", "-c", "printf \'%s %s \' $CROSSTOWN_ENCODING $CROSSTOWN_REENCODED; head -c 6"]\n';
  await skillFolder(`${folder.path}/skills`, "t", head(5650) + 'accepts = "toon"\n' + show);
  await skillFolder(`${folder.path}/skills`, "j", head(5651) + 'accepts = "json"\n' + show);
  const host = hostOf(folder.path);
  for (const kind of [5650, 5651]) seen.push((await host.runKind(hostRequest(kind))).content);
  const [toon, json] = seen;
  assert.match(toon, /^toon 1 [^{]/);
  assert.match(json, /^json 0 \{/);
});

Deno.test("createSkillHost() keeps its concurrency, refuses jobs beyond its queue, and cancels waiting jobs", async () => {
  await using folder = await temporaryFolder();
  let running = 0;
  let most = 0;
  const gate = Promise.withResolvers<void>();
  const both = Promise.withResolvers<void>();
  const slow: BuiltinSkill = {
    manifest: { ...echo.manifest, name: "slow", kinds: [5650] },
    runsCommands: true,
    async run(): Promise<SkillOutcome> {
      most = Math.max(most, ++running);
      if (running === 2) both.resolve();
      await gate.promise;
      running--;
      return { status: "success", content: "", durationMs: 0 };
    },
  };
  const host = hostOf(folder.path, { builtin: [slow], concurrency: 2, waiting: 2 });
  const skill = (await host.registry.named("slow"))!;
  const controller = new AbortController();
  const first = [1, 2, 3].map(() => host.run(skill, hostRequest(5650)));
  const cancelled = host.run(skill, hostRequest(5650), { signal: controller.signal });
  await assert.rejects(host.run(skill, hostRequest(5650)), { code: "busy" });
  assert.deepEqual(host.load(), { running: 2, waiting: 2, limit: 2 });
  controller.abort();
  assert.equal((await cancelled).errorCode, "cancelled");
  await both.promise;
  gate.resolve();
  assert.deepEqual((await Promise.all(first)).map(({ status }) => status), [
    "success",
    "success",
    "success",
  ]);
  assert.equal(most, 2);
  assert.deepEqual(host.load(), { running: 0, waiting: 0, limit: 2 });
});

Deno.test("createSkillHost() hides what a builtin throws and continues", async () => {
  await using folder = await temporaryFolder();
  const broken: BuiltinSkill = {
    manifest: { ...echo.manifest, name: "broken" },
    run: () => Promise.reject(new Error("at /secret/path")),
  };
  const host = hostOf(folder.path, { builtin: [broken], concurrency: 1 });
  for (let time = 0; time < 3; time++) {
    const outcome = await host.runKind(hostRequest(5600));
    assert.equal(outcome.errorCode, "internal_error");
    assert.doesNotMatch(outcome.content, /secret/);
    assert.match(outcome.log ?? "", /secret/);
  }
  assert.equal((await host.runKind(hostRequest(5999))).errorCode, "no_skill");
  assert.equal((await host.runNamed("nobody", hostRequest(5600))).errorCode, "no_skill");
});

Deno.test("createSkillHost() runs echo and ci-run in a worker that has its tools and folders alone", async () => {
  await using folder = await temporaryFolder();
  const options = {
    folders: [`${folder.path}/skills`],
    workFolder: `${folder.path}/work`,
    tools,
    sandbox,
    policy,
    platform: "linux/amd64",
  };
  const ci = requestEvent(5601, [["param", "command", "echo hello"], ["i", "x", "text"]]);
  const read = [...options.folders, options.workFolder];
  const write = [options.workFolder];
  const run = runPermission(tools);
  const worker = new Worker(new URL("../home_worker.ts", import.meta.url), {
    type: "module",
    deno: { permissions: { read, write, run } },
  });
  const { promise, resolve, reject } = Promise.withResolvers<MessageEvent>();
  worker.onmessage = resolve;
  worker.onerror = (event) => {
    event.preventDefault();
    reject(new Error(event.message));
  };
  worker.postMessage({ options, requests: [hostRequest(5600), hostRequest(5601, { event: ci })] });
  const { outcomes, denied } = (await promise).data;
  worker.terminate();
  assert.equal(outcomes[0].content, "hello");
  assert.equal(outcomes[1].status, "success", outcomes[1].content + outcomes[1].log);
  assert.equal(JSON.parse(outcomes[1].content).log, "hello\n");
  assert.deepEqual(denied, ["net", "env", "read", "write", "run"]);
});

Deno.test("createSkillHost() runs no skill in a weaker sandbox than its skill.toml requires, for no buyer", async () => {
  await using folder = await temporaryFolder();
  await skillFolder(
    `${folder.path}/skills`,
    "careful",
    head(5650) + '[run]\nrunner = "command"\ncommand = ["true"]\ntier = "runsc"\n',
  );
  for (const weak of [sandbox, { type: "none", reason: "a test" } as const]) {
    if ("runsc" in weak && weak.runsc) continue;
    const outcome = await hostOf(folder.path, { sandbox: weak }).runKind(hostRequest(5650));
    assert.deepEqual([outcome.status, outcome.errorCode], ["error", "weak_sandbox"]);
    assert.match(outcome.content, /careful needs the sandbox runsc/);
  }
});
