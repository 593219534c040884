import assert from "node:assert/strict";
import { privateName } from "../../../market/packing/private_files.ts";
import { git, repository, temporaryFolder } from "../../skills/machine.ts";
import { pack, sent, write } from "./packing.ts";

const NAMES: readonly (readonly [path: string, found: string | null])[] = [
  ["p/.gt/anything", "p/.gt"],
  [".GT/x", ".GT"],
  [".g\u200dt/x", ".g\u200dt"],
  ["a/identity.enc", "a/identity.enc"],
  ["IDENTITY.Enc", "IDENTITY.Enc"],
  ["ｉdentity.enc", "ｉdentity.enc"],
  ["deep/er/wallet.PASS", "deep/er/wallet.PASS"],
  [".pass", ".pass"],
  ["old/crosstown.toml", "old/crosstown.toml"],
  ["backup/hooks/m/crosstown/state.db", "backup/hooks/m/crosstown"],
  ["hooks/m/crosstown/", "hooks/m/crosstown"],
  ["src/compass.ts", null],
  ["pass", null],
  ["hooks/crosstown/x", null],
  [".gtk/x", null],
];
for (const [path, found] of NAMES) {
  Deno.test(`privateName() of ${JSON.stringify(path)} is ${found}`, () => {
    assert.equal(privateName(path)?.path ?? null, found);
  });
}

/** A home, and next to it a folder with an ordinary project. */
async function place(): Promise<
  AsyncDisposable & { readonly home: string; readonly project: string; readonly path: string }
> {
  const folder = await temporaryFolder();
  const home = `${folder.path}/house`;
  await write(home, {
    "identity.enc": "sealed",
    "crosstown.toml": "",
    "dev/wallet.pass": "dev words",
    "dev/wallet.enc": "sealed too",
    "hooks/m/crosstown/state.db": "jobs",
    "payers/0x1": "m",
    "terms/t": "t",
    "skills/s/skill.toml": "",
  });
  await write(folder.path, { "passphrase": "open sesame", "project/a.txt": "a" });
  return {
    path: folder.path,
    home,
    project: `${folder.path}/project`,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

for (const kind of ["plain folder", "repository", "repository that tracks it"]) {
  Deno.test(`packPlace() refuses each secret in a ${kind}, naming it, ignored ones only with includeIgnored`, async (t) => {
    await using at = await place();
    const { home, project } = at;
    const secrets = [`${at.path}/passphrase`];
    if (kind !== "plain folder") {
      await git(project, "init", "--quiet");
      await git(project, "add", "a.txt");
    }
    const cases: Record<string, readonly [path: string, put: () => Promise<void>]> = {
      "a copied home": ["x/.gt", () => copy(home, `${project}/x/.gt`)],
      "a home under another name": ["x/backup", () => copy(home, `${project}/x/backup`)],
      "a wallet": [
        "x/Identity.enc",
        () => copy(`${home}/identity.enc`, `${project}/x/Identity.enc`),
      ],
      "a passphrase by its name": ["x/w.pass", () => write(project, { "x/w.pass": "p" })],
      "a hard link of the passphrase": [
        "x/notes.txt",
        () => Deno.link(`${at.path}/passphrase`, `${project}/x/notes.txt`),
      ],
      "a hard link of the wallet": [
        "x/deep/y",
        () => Deno.link(`${home}/identity.enc`, `${project}/x/deep/y`),
      ],
      "a hard link of a dev key": [
        "x/deep/z",
        () => Deno.link(`${home}/dev/wallet.enc`, `${project}/x/deep/z`),
      ],
    };
    for (const [name, [path, put]] of Object.entries(cases)) {
      await t.step(name, async () => {
        await Deno.mkdir(`${project}/x/deep`, { recursive: true });
        await put();
        if (kind.endsWith("tracks it")) await git(project, "add", "-A");
        const words = new RegExp(`project/${path.replace(".", "\\.")}`);
        const refused = { code: "private_input", message: words };
        for (const includeIgnored of [false, true]) {
          const suggestion = includeIgnored ? /without --include-ignored$/ : /with \.gitignore$/;
          await assert.rejects(
            pack(project, { home, secrets, includeIgnored }),
            { ...refused, suggestion },
          );
        }
        await Deno.writeTextFile(`${project}/.gitignore`, "/x\n");
        if (kind.endsWith("tracks it")) {
          await assert.rejects(pack(project, { home, secrets }), refused);
          await git(project, "rm", "-r", "-q", "--cached", "x");
        }
        assert.deepEqual(Object.keys(await sent(project, { home, secrets })), [
          ".gitignore",
          "a.txt",
        ]);
        await assert.rejects(pack(project, { home, secrets, includeIgnored: true }), refused);
        await Deno.remove(`${project}/x`, { recursive: true });
        await Deno.remove(`${project}/.gitignore`);
      });
    }
  });
}

Deno.test("packPlace() refuses a home, its parts and its secrets as an input, whatever they are called", async () => {
  await using at = await place();
  const { home } = at;
  const secrets = [`${at.path}/passphrase`];
  await Deno.link(`${home}/identity.enc`, `${at.path}/letter.txt`);
  await Deno.link(`${at.path}/passphrase`, `${at.path}/other.txt`);
  await Deno.symlink(`${at.path}/passphrase`, `${at.path}/link.txt`);
  await Deno.symlink(home, `${at.path}/linked`);
  await copy(home, `${at.path}/.gt`);
  for (
    const path of [
      home,
      `${home}/hooks`,
      `${home}/hooks/m/crosstown`,
      `${home}/dev`,
      `${home}/payers`,
      `${home}/terms`,
      `${home}/identity.enc`,
      `${home}/dev/wallet.enc`,
      `${at.path}/linked`,
      `${at.path}/letter.txt`,
      `${at.path}/other.txt`,
      `${at.path}/link.txt`,
      `${at.path}/passphrase`,
      `${at.path}/.gt`,
      `${at.path}/.gt/hooks/m`,
    ]
  ) await assert.rejects(pack(path, { home, secrets }), { code: "private_input" }, path);
  assert.deepEqual(Object.keys(await sent(`${home}/skills/s`, { home, secrets })), ["skill.toml"]);
});

Deno.test("packPlace() refuses a folder whose name is new but which is the home", async () => {
  await using folder = await temporaryFolder();
  const project = await repository(folder.path, { "a.txt": "a" });
  // A home that has no keys yet and no telling name.
  await write(project, { "state/readme": "r" });
  await assert.rejects(pack(project, { home: `${project}/state` }), {
    code: "private_input",
    message: /repo\/state is a crosstown home/,
  });
});

async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(to.replace(/\/[^/]+$/, ""), { recursive: true });
  const { success } = await new Deno.Command("cp", { args: ["-r", from, to] }).output();
  assert.ok(success);
}
