import assert from "node:assert/strict";
import { folderThatAJobHasNot, noSandbox, temporaryFolder } from "../machine.ts";
import { hostOf, hostRequest } from "./host_rig.ts";
import { head, skillFolder } from "./skill_folders.ts";

Deno.test("createSkillHost() runs a deno module with exactly its permissions", async () => {
  await using folder = await temporaryFolder();
  await skillFolder(
    `${folder.path}/skills`,
    "module",
    head(5651) +
      '[run]\nrunner = "deno"\nmodule = "main.ts"\n[permissions]\nenv = ["ALLOWED"]\n',
    {
      "main.ts": `

const input = JSON.parse(await new Response(Deno.stdin.readable).text());

await Deno.writeTextFile(Deno.env.get("CROSSTOWN_WORKDIR") + "/mine", "x");

const denied: string[] = [];

for (const [name, act] of Object.entries({
  net: () => fetch("http://127.0.0.1:8080"),
  run: () => new Deno.Command("sh").output(),
  env: () => Deno.env.get("SECRET"),
  read: () => Deno.readTextFile("/etc/passwd"),
  write: () => Deno.writeTextFile("/tmp/crosstown-denied", ""),
  import: () => import("https://example.com/mod.ts"),
})) {
  try { await act(); } catch (error) { denied.push(name + " " + (error as Error).name); }
}

console.log(input.tags[0][1], Deno.env.get("ALLOWED"), denied.join(","));
`,
    },
  );
  Deno.env.set("ALLOWED", "yes");
  Deno.env.set("SECRET", "no");
  const host = hostOf(folder.path);
  const outcome = await host.runKind(hostRequest(5651));
  assert.equal(outcome.status, "success", outcome.content + outcome.log);
  assert.match(
    outcome.content,
    /^hello yes net NotCapable,run NotCapable,env NotCapable,read NotCapable,write NotCapable,import \w+/,
  );
});

Deno.test(
  `createSkillHost() runs a deno module in the sandbox, with what its owner shows it${noSandbox.why}`,
  {
    ignore: noSandbox.ignore,
  },
  async () => {
    await using folder = await temporaryFolder();
    const shown = await folderThatAJobHasNot();
    try {
      await Deno.writeTextFile(`${shown}/model`, "weights", { mode: 0o600 });
      await skillFolder(
        `${folder.path}/skills`,
        "inside",
        head(5652) +
          `[run]\nrunner = "deno"\nmodule = "main.ts"\n[permissions]\nread = ["${shown}/model"]\nwrite = ["${shown}"]\n`,
        {
          "main.ts": `

const text = (path: string) => Deno.readTextFile(path).catch((error) => error.name);

console.log(await text("${shown}/model"), import.meta.url);

await Deno.writeTextFile("${shown}/said", "it was here");
`,
        },
      );
      const outcome = await hostOf(folder.path).runKind(hostRequest(5652));
      assert.equal(outcome.status, "success", outcome.content + outcome.log);
      // A path that is not mounted does not exist, whatever the module may read.
      assert.match(outcome.content, /^weights file:\/\/\/skill\/main.ts$/m);
      assert.equal(await Deno.readTextFile(`${shown}/said`), "it was here");
      assert.equal((await Deno.lstat(`${shown}/model`)).mode! & 0o777, 0o600);
    } finally {
      await Deno.remove(shown, { recursive: true });
    }
  },
);

Deno.test("createSkillHost() without a sandbox refuses strangers a deno module too, and takes messages with it", async () => {
  await using folder = await temporaryFolder();
  const run = '[run]\nrunner = "deno"\nmodule = "main.ts"\n';
  const files = { "main.ts": "console.log('ran')" };
  await skillFolder(`${folder.path}/skills`, "a", head(5653) + run, files);
  await skillFolder(`${folder.path}/skills`, "b", head(14) + run, files);
  const none = { type: "none", reason: "for this test" } as const;
  const policy = { ownNetwork: false, allowBuyers: [] };
  const host = hostOf(folder.path, { sandbox: none, policy });
  assert.equal((await host.runKind(hostRequest(5653))).errorCode, "sandbox_required");
  assert.equal((await host.runKind(hostRequest(14))).content, "ran\n");
});
