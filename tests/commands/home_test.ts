/** `crosstown home`; a `.gt` that came with a clone can do nothing. */
import assert from "node:assert/strict";
import { MemoryIo, run } from "./memory_io.ts";

/** A user's folder, and in it a clone that contains a `.gt`. */
async function userWithClone() {
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "ct-clone-" }));
  const clone = `${root}/clone`;
  const state = `${clone}/.gt/hooks/mayor-001/crosstown`;
  await Deno.mkdir(state, { recursive: true });
  await Deno.mkdir(`${clone}/src`);
  const io = () => {
    const io = new MemoryIo();
    io.cwd = () => `${clone}/src`;
    io.variables = { HOME: root, PATH: Deno.env.get("PATH") ?? "" };
    return io;
  };
  return {
    root,
    clone,
    state,
    call: (args: readonly string[], env: Record<string, string> = {}) => {
      const process = io();
      Object.assign(process.variables, env);
      return run(args, { io: process });
    },
    async [Symbol.asyncDispose]() {
      await Deno.remove(root, { recursive: true });
    },
  };
}

Deno.test("a .gt that came with a clone is not used, and the refusal says how to trust it", async () => {
  await using user = await userWithClone();
  for (const args of [["config"], ["logs"], ["job", "list"], ["mayor", "up"], ["wallet", "show"]]) {
    const { code, err } = await user.call(args);
    assert.equal(code, 1, args.join(" "));
    assert.ok(err.includes(`${user.clone}/.gt is not trusted`), err);
    assert.ok(err.includes(`crosstown home trust ${user.clone}/.gt`), err);
  }
  for (const env of [{ GASTOWN_HOME: `${user.clone}/.gt` }, { GASTOWN_HOME: `${user.root}/.gt` }]) {
    assert.equal((await user.call(["config"], env)).code, 0);
  }
  assert.equal((await user.call(["config", "--home", `${user.clone}/.gt`])).code, 0);
});

Deno.test("home trust, list and untrust give, show and take back the consent", async () => {
  await using user = await userWithClone();
  const home = `${user.clone}/.gt`;
  const state = async () => {
    const { out } = await user.call(["home", "list", "--output", "json"]);
    return JSON.parse(out).homes.map(({ path, state }: Record<string, string>) => [path, state]);
  };
  assert.equal((await user.call(["home", "trust", "--dry-run"])).code, 0);
  assert.deepEqual(await state(), []);
  assert.equal((await user.call(["home", "trust"])).code, 0);
  assert.deepEqual(await state(), [[home, "trusted"]]);
  const { code, out } = await user.call(["config", "--output", "json"]);
  assert.equal(code, 0);
  assert.equal(JSON.parse(out).values[0].value, home);
  assert.equal((await Deno.stat(`${user.root}/.gt/trusted_homes.json`)).mode! & 0o777, 0o600);

  await Deno.rename(home, `${home}-old`);
  await Deno.mkdir(home);
  assert.deepEqual(await state(), [[home, "replaced"]]);
  const replaced = await user.call(["config"]);
  assert.equal(replaced.code, 1);
  assert.match(replaced.err, /it was replaced since you trusted it/);
  assert.equal((await user.call(["home", "trust", user.clone])).code, 0);
  assert.equal((await user.call(["config"])).code, 0);

  assert.equal((await user.call(["home", "untrust"])).code, 0);
  assert.deepEqual(await state(), []);
  assert.equal((await user.call(["config"])).code, 1);
  assert.equal((await user.call(["home", "untrust"])).code, 2);
});

Deno.test("a trusted .gt whose settings were replaced is not used; what a command itself writes there keeps the consent", async () => {
  await using user = await userWithClone();
  assert.equal((await user.call(["home", "trust"])).code, 0);
  const pass = `${user.root}/wallet.pass`;
  await Deno.writeTextFile(pass, "correct horse battery staple\n", { mode: 0o600 });
  const made = await user.call(["wallet", "init", "--passphrase-file", pass]);
  assert.equal(made.code, 0, made.err);
  const settings = `${user.clone}/.gt/crosstown.toml`;
  assert.match(await Deno.readTextFile(settings), /passphrase_file/);
  assert.equal((await user.call(["config"])).code, 0);
  await Deno.writeTextFile(settings, '[audit]\nremote = "https://other.example/x"\n');
  const { code, err } = await user.call(["config"]);
  assert.equal(code, 1);
  assert.match(err, /crosstown.toml or its skills changed since you trusted it/);
  const { out } = await user.call(["home", "list", "--output", "json"]);
  assert.equal(JSON.parse(out).homes[0].state, "changed");
});

Deno.test("home trust refuses a .gt that others can change", async () => {
  await using user = await userWithClone();
  await Deno.chmod(user.clone, 0o777);
  const { code, err } = await user.call(["home", "trust"]);
  assert.equal(code, 1);
  assert.ok(err.includes(`run 'chmod go-w ${user.clone}'`), err);
});

Deno.test("a trusted .gt writes nothing through the links in it", async () => {
  await using user = await userWithClone();
  const theirs = `${user.root}/id_ed25519`;
  await Deno.writeTextFile(theirs, "a private key\n", { mode: 0o600 });
  await user.call(["home", "trust"]);
  const names = [
    `${user.state}/state.lock`,
    `${user.clone}/.gt/hooks/mayor-001/crosstown.log`,
    `${user.clone}/.gt/payers`,
  ];
  for (const name of names) {
    await Deno.symlink(theirs, name);
    for (const args of [["job", "list"], ["job", "submit", "echo", "--input", "x"], ["logs"]]) {
      const { code, err } = await user.call(args);
      assert.equal(code, 1, err);
      assert.ok(err.includes(`${name} is a symbolic link`), err);
    }
    assert.equal(await Deno.readTextFile(theirs), "a private key\n");
    await Deno.remove(name);
  }
});

Deno.test("mayor run and node run push to a folder of this machine only with --allow-local", async () => {
  await using user = await userWithClone();
  await Deno.writeTextFile(`${user.clone}/.gt/crosstown.toml`, `[audit]\nremote = "/backup.git"\n`);
  await user.call(["home", "trust"]);
  for (const role of ["mayor", "node"]) {
    const refused = await user.call([role, "run"]);
    assert.equal(refused.code, 2);
    assert.match(refused.err, /\/backup.git is a folder of this machine/);
    const allowed = await user.call([role, "run", "--allow-local"]);
    assert.match(allowed.err, /there is no wallet/);
  }
});
