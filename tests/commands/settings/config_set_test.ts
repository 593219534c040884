import assert from "node:assert/strict";
import { run } from "../memory_io.ts";

async function home(text?: string) {
  const path = await Deno.makeTempDir({ prefix: "ct-" });
  if (text !== undefined) await Deno.writeTextFile(`${path}/crosstown.toml`, text, { mode: 0o600 });
  return {
    path,
    file: () => Deno.readTextFile(`${path}/crosstown.toml`).catch(() => null),
    config: (...args: string[]) => run(["config", ...args, "--home", path, "--output", "json"]),
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

Deno.test("config set writes one value, get shows it, unset takes it out", async () => {
  await using at = await home();
  const set = await at.config("set", "limits.job_m2m", "2");
  assert.equal(set.code, 0, set.out);
  assert.equal(await at.file(), '[limits]\njob_m2m = "2"\n');
  const got = JSON.parse((await at.config("get", "limits.job_m2m")).out);
  assert.equal(got.source.startsWith(`${at.path}/crosstown.toml`), true);
  assert.equal((await at.config("set", "node.tags", "gpu,ci")).code, 0);
  assert.match((await at.file())!, /\[node\]\ntags = \["gpu", "ci"\]\n/);
  assert.equal((await at.config("set", "channel.auto_deposit", "false")).code, 0);
  assert.match((await at.file())!, /auto_deposit = false\n/);
  assert.equal((await at.config("unset", "limits.job_m2m")).code, 0);
  assert.doesNotMatch((await at.file())!, /job_m2m/);
  const { mode } = await Deno.stat(`${at.path}/crosstown.toml`);
  assert.equal(mode! & 0o777, 0o600);
});

Deno.test("config set names a file that it cannot read, with exit 2, and leaves it", async () => {
  await using at = await home("[jobs\ntimeout_s = 60\n");
  const path = `${at.path}/crosstown.toml`;
  const refused = async (words: string) => {
    for (const args of [["set", "jobs.timeout_s", "7"], ["get", "jobs.timeout_s"]]) {
      const { code, out } = await at.config(...args);
      assert.equal(code, 2, out);
      const { message } = JSON.parse(out).error;
      assert.ok(message.startsWith(`${path} ${words}`), message);
    }
  };
  await refused("is not valid TOML at line 1");
  assert.equal(await at.file(), "[jobs\ntimeout_s = 60\n");
  await Deno.rename(path, `${at.path}/other`);
  await Deno.symlink(`${at.path}/other`, path);
  await refused("is a symbolic link");
  await Deno.remove(path);
  await Deno.mkdir(path);
  await refused("is not a regular file");
});

Deno.test("config set --dry-run writes nothing", async () => {
  await using at = await home();
  const { code, out } = await at.config("set", "jobs.timeout_s", "60", "--dry-run");
  assert.equal(code, 0);
  assert.deepEqual([JSON.parse(out).value, await at.file()], ["60", null]);
});

for (
  const [args, why] of [
    [["set", "limits.job_m3m", "2"], /there is no setting limits\.job_m3m/],
    [["set", "jobs.timeout_s", "0"], /jobs\.timeout_s must be a whole number from 1/],
    [["set", "network", "nowhere"], /nowhere/],
    [["set", "wallet.private_key", "aa"], /other users can read a command line/],
    [["set", "allow_mainnet", "true"], /not read from the file/],
    [["set", "node.prices", "1"], /a line for each skill/],
    [["set", "node.payment_modes", "upfront"], /a line for each skill/],
    [["get", "limits"], /there is no setting limits/],
  ] as const
) {
  Deno.test(`config ${args.join(" ")} is refused, and the file stays`, async () => {
    await using at = await home('# mine\nnetwork = "base-sepolia"\n');
    const { code, out } = await at.config(...args);
    assert.equal(code, 2, out);
    assert.match(JSON.parse(out).error.message, why);
    assert.equal(await at.file(), '# mine\nnetwork = "base-sepolia"\n');
    assert.doesNotMatch(out, /"aa"/);
  });
}

Deno.test("config set of several commands at once loses none of their values", async () => {
  for (const first of [undefined, "# mine\n"]) {
    await using at = await home(first);
    const values = {
      "jobs.timeout_s": "61",
      "jobs.repeat_window_s": "62",
      "alerts.repeat_s": "63",
    };
    const done = await Promise.all(
      Object.entries(values).map(([key, value]) => at.config("set", key, value)),
    );
    assert.deepEqual(done.map(({ code }) => code), [0, 0, 0], done.map(({ out }) => out).join());
    for (const [key, value] of Object.entries(values)) {
      assert.equal(JSON.parse((await at.config("get", key)).out).value, value, key);
    }
    assert.deepEqual((await Array.fromAsync(Deno.readDir(at.path))).map(({ name }) => name), [
      "crosstown.toml",
    ]);
  }
});
