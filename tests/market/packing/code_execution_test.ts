import assert from "node:assert/strict";
import { git, repository, temporaryFolder } from "../../skills/machine.ts";
import { pack, sent, write } from "./packing.ts";

/** A program that records that it ran, and succeeds, so that its caller continues. */
async function trap(folder: string): Promise<{ program: string; ran: () => Promise<boolean> }> {
  const program = `${folder}/trap.sh`;
  await Deno.writeTextFile(program, `#!/bin/sh\necho ran >> ${folder}/ran\ncat\n`, { mode: 0o755 });
  const ran = () => Deno.stat(`${folder}/ran`).then(() => true, () => false);
  return { program, ran };
}

/**
 * Every setting by which a configuration names a program: those of git's manual, of its fork for large repositories
 * (`virtualFilesystem`), and hooks by settings, which newer versions have.
 */
const settings = (program: string): string => `
[core]
	fsmonitor = ${program}
	fsmonitorHookVersion = 1
	virtualFilesystem = ${program}
	untrackedCache = true
	preloadIndex = true
	hooksPath = ${program.replace(/\/[^/]+$/, "/hooks")}
	pager = ${program}
	editor = ${program}
	sshCommand = ${program}
	gitProxy = ${program}
	askPass = ${program}
	alternateRefsCommand = ${program}
[alias]
	ls-files = !${program}
	rev-parse = !${program}
	config = !${program}
	status = !${program}
[filter "evil"]
	clean = ${program}
	smudge = ${program}
	process = ${program}
	required = true
[diff]
	external = ${program}
[diff "evil"]
	textconv = ${program}
	command = ${program}
[merge "evil"]
	driver = ${program}
[pager]
	ls-files = ${program}
	config = ${program}
[credential]
	helper = !${program}
[gpg]
	program = ${program}
[gpg "ssh"]
	program = ${program}
	defaultKeyCommand = ${program}
[sequence]
	editor = ${program}
[interactive]
	diffFilter = ${program}
[difftool "evil"]
	cmd = ${program}
[mergetool "evil"]
	cmd = ${program}
[guitool "evil"]
	cmd = ${program}
[browser "evil"]
	cmd = ${program}
[man "evil"]
	cmd = ${program}
[trailer "evil"]
	cmd = ${program}
[tar "evil"]
	command = ${program}
[sendemail]
	sendmailCmd = ${program}
	toCmd = ${program}
[imap]
	tunnel = ${program}
[hook "evil"]
	command = ${program}
	event = post-index-change
	event = reference-transaction
[protocol]
	allow = always
[protocol "ext"]
	allow = always
[extensions]
	partialClone = origin
[remote "origin"]
	url = ext::${program}
	uploadpack = ${program}
	receivepack = ${program}
	promisor = true
[submodule]
	recurse = true
[submodule "sub"]
	update = !${program}
[uploadpack]
	packObjectsHook = ${program}
[include]
	path = ${program.replace(/\/[^/]+$/, "/more")}
`;

const EVIL = "* filter=evil diff=evil merge=evil\n";

Deno.test("packPlace() runs no program that the settings, hooks or attributes of a repository name", async () => {
  await using folder = await temporaryFolder();
  const { program, ran } = await trap(folder.path);
  const repo = await repository(folder.path, { "a.txt": "a", "sub/b.txt": "b" });
  await write(repo, { ".gitattributes": EVIL });
  await Deno.writeTextFile(`${repo}/.git/config`, settings(program), { append: true });
  await Deno.writeTextFile(`${folder.path}/more`, "[core]\nfsmonitor = true\n");
  await Deno.writeTextFile(`${repo}/.git/info/attributes`, EVIL);
  for (const hooks of [`${repo}/.git/hooks`, `${folder.path}/hooks`]) {
    await Deno.mkdir(hooks, { recursive: true });
    for (const name of ["post-index-change", "fsmonitor-watchman", "post-checkout", "pre-commit"]) {
      await Deno.copyFile(program, `${hooks}/${name}`);
      await Deno.chmod(`${hooks}/${name}`, 0o755);
    }
  }
  // The same size and a later time: a git that compares contents would have to filter them.
  await Deno.writeTextFile(`${repo}/a.txt`, "A");
  await Deno.utime(`${repo}/a.txt`, 1, 1);
  for (const includeIgnored of [false, true]) {
    assert.equal((await sent(repo, { includeIgnored }))["a.txt"], "A");
    assert.deepEqual(Object.keys(await sent(`${repo}/sub`, { includeIgnored })), ["b.txt"]);
  }
  assert.equal(await ran(), false);
  // The trap works: git that is asked in the folder itself falls into it.
  await git(repo, "status").catch(() => undefined);
  assert.equal(await ran(), true);
});

Deno.test("packPlace() runs no program to read a sparse index or to fetch what a partial clone lacks", async () => {
  await using folder = await temporaryFolder();
  const { program, ran } = await trap(folder.path);
  // It ends at once: git would wait for the answer of a remote.
  await Deno.writeTextFile(program, `#!/bin/sh\necho ran >> ${folder.path}/ran\n`);
  const repo = await repository(folder.path, { "a.txt": "a", "in/i": "i", "out/o": "o" });
  await git(repo, "sparse-checkout", "set", "--cone", "--sparse-index", "in");
  const tree = (await git(repo, "rev-parse", "HEAD:out")).trim();
  await Deno.remove(`${repo}/.git/objects/${tree.slice(0, 2)}/${tree.slice(2)}`);
  await git(repo, "config", "extensions.worktreeConfig", "true");
  await Deno.writeTextFile(`${repo}/.git/config.worktree`, settings(program), { append: true });
  await assert.rejects(pack(repo), { code: "git_failed" });
  assert.equal(await ran(), false);
  // The trap works: the same question without our settings falls into it.
  await git(repo, "ls-files", "-co", "--exclude-standard").catch(() => undefined);
  assert.equal(await ran(), true);
});

Deno.test("packPlace() runs no program of a bare repository in the folder, and refuses one as the input", async () => {
  await using folder = await temporaryFolder();
  const { program, ran } = await trap(folder.path);
  const project = `${folder.path}/project`;
  await write(project, { "a.txt": "a", ".gitattributes": EVIL, "inner/b.txt": "b" });
  for (const bare of [project, `${project}/inner`]) {
    await write(bare, { "HEAD": "ref: refs/heads/main\n", "objects/.keep": "", "refs/.keep": "" });
    await Deno.writeTextFile(`${bare}/config`, `${settings(program)}[core]\nworktree = .\n`);
  }
  for (const path of [project, `${project}/inner`]) {
    await assert.rejects(pack(path), { code: "bad_input", suggestion: /git bundle create/ });
  }
  await Deno.remove(`${project}/HEAD`);
  assert.deepEqual((await sent(project))["a.txt"], "a");
  assert.equal(await ran(), false);
});

Deno.test("packPlace() runs no program of a submodule or a repository within", async () => {
  await using folder = await temporaryFolder();
  const { program, ran } = await trap(folder.path);
  const library = await repository(`${folder.path}/library`, { "l.txt": "l" });
  const repo = await repository(folder.path, { "a.txt": "a" });
  await git(
    repo,
    "-c",
    "protocol.file.allow=always",
    "submodule",
    "--quiet",
    "add",
    library,
    "lib",
  );
  const nested = await repository(`${repo}/nested`, { "n.txt": "n" });
  for (const config of [`${repo}/.git/modules/lib/config`, `${nested}/.git/config`]) {
    await Deno.writeTextFile(config, settings(program), { append: true });
  }
  assert.deepEqual(Object.keys(await sent(repo)), [".gitmodules", "a.txt"]);
  assert.deepEqual(Object.keys(await sent(`${repo}/lib`)), ["l.txt"]);
  assert.deepEqual(Object.keys(await sent(nested)), ["n.txt"]);
  assert.equal(await ran(), false);
});

Deno.test("packPlace() runs no program that the user's own settings name, nor a git in the folder", async () => {
  await using folder = await temporaryFolder();
  const { program, ran } = await trap(folder.path);
  const repo = await repository(folder.path, { "a.txt": "a" });
  const HOME = `${folder.path}/home`;
  await write(HOME, { ".gitconfig": settings(program), ".config/git/attributes": EVIL });
  await Deno.copyFile(program, `${repo}/git`);
  await Deno.chmod(`${repo}/git`, 0o755);
  const path = `.::${Deno.env.get("PATH")}`;
  assert.deepEqual(Object.keys(await sent(repo, { tools: { environment: { HOME }, path } })), [
    "a.txt",
    "git",
  ]);
  assert.equal(await ran(), false);
});

Deno.test("packPlace() changes nothing in the repository, and leaves no temporary folder", async () => {
  await using folder = await temporaryFolder();
  const repo = await repository(folder.path, { "a.txt": "a" });
  await write(repo, { "new.txt": "n" });
  const state = async () => [
    (await Deno.stat(`${repo}/.git/index`)).mtime?.getTime(),
    await git(repo, "count-objects", "-v"),
    [...Deno.readDirSync(`${repo}/.git`)].map(({ name }) => name).sort(),
  ];
  const before = await state();
  const scratch = `${folder.path}/scratch`;
  await pack(repo, { tools: { scratch } });
  assert.deepEqual(await state(), before);
  await assert.rejects(Deno.stat(scratch), Deno.errors.NotFound);
  await Deno.truncate(`${repo}/.git/index`, 8);
  await assert.rejects(pack(repo, { tools: { scratch } }), { code: "git_failed" });
  await assert.rejects(Deno.stat(scratch), Deno.errors.NotFound);
});
