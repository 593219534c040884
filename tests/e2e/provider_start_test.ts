/** A provider that cannot start, or is stopped before it has: what it leaves, and what its exit code tells a supervisor. */
import assert from "node:assert/strict";
import { until } from "../until.ts";
import { run, start, testHome } from "./process.ts";

/** Its provider needs no network. */
const SETTINGS =
  'network = "club"\n[networks.club]\nwrite = "nostr"\nrelay_url = "ws://127.0.0.1:9"\n[node]\nprice_units = 0\n';
const PASSPHRASE = "correct horse battery staple";

Deno.test("node up exits with 2 for faults that only its owner can mend, and a provider that is stopped while it starts leaves no work folder", async () => {
  await using home = await testHome();
  const folder = home.path;
  const temp = `${folder}/tmp`;
  await Deno.mkdir(temp);
  await Deno.writeTextFile(`${folder}/crosstown.toml`, SETTINGS, { mode: 0o600 });
  const [right, wrong] = [`${folder}/right`, `${folder}/wrong`];
  await Deno.writeTextFile(right, PASSPHRASE, { mode: 0o600 });
  await Deno.writeTextFile(wrong, "another one altogether", { mode: 0o600 });
  const options = { home: folder, env: { TMPDIR: temp } };
  const fails = async (args: readonly string[], code: string) => {
    const ended = await run(
      ["node", "up", "--non-interactive", ...args, "--output", "json"],
      options,
    );
    assert.equal(ended.code, 2, ended.stdout + ended.stderr);
    const { error } = JSON.parse(ended.stdout.trim().split("\n").at(-1)!);
    assert.equal(error.code, code);
    assert.notEqual(error.suggestion, "");
  };
  await fails([], "no_wallet");
  const made = await run(
    ["wallet", "init", "--network", "club", "--passphrase-file", right],
    options,
  );
  assert.equal(made.code, 0, made.stderr);
  await fails(["--passphrase-file", wrong], "wrong_passphrase");
  await fails(["--passphrase-file", wrong, "--detach"], "wrong_passphrase");
  await fails(["--passphrase-file", `${folder}/missing`], "no_file");
  await Deno.chmod(`${folder}/wrong`, 0o644);
  await fails(["--passphrase-file", wrong], "mode");
  const identity = `${folder}/identity.enc`;
  const wallet = await Deno.readTextFile(identity);
  await Deno.writeTextFile(identity, "a wallet no more");
  await fails(["--passphrase-file", right], "wallet_format");
  await Deno.writeTextFile(identity, "A".repeat(20_000));
  await fails(["--passphrase-file", right], "wallet_format");
  await Deno.writeTextFile(identity, wallet);
  await Deno.rename(identity, `${folder}/moved`);
  await Deno.symlink(`${folder}/moved`, identity);
  await fails(["--passphrase-file", right], "linked_file");
  await Deno.rename(`${folder}/moved`, identity);

  const workFolders = async () => {
    const names = (await Array.fromAsync(Deno.readDir(temp))).map(({ name }) => name);
    return names.filter((name) => name.startsWith("crosstown-"));
  };
  const starting = start(["node", "up", "--non-interactive", "--passphrase-file", right], options);
  await until(async () => (await workFolders()).length > 0);
  starting.kill("SIGTERM");
  await starting.ended;
  assert.deepEqual(await workFolders(), []);
});
