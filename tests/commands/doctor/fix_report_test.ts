import assert from "node:assert/strict";
import { testHome } from "../../e2e/process.ts";
import { MemoryIo, run } from "../memory_io.ts";

const KEY = "5f".repeat(32);
const BLOB = "QUJD".repeat(30);

/** A home that everybody may read, with secrets in its file. */
async function world() {
  const path = await Deno.makeTempDir({ prefix: "ct-" });
  await Deno.writeTextFile(
    `${path}/crosstown.toml`,
    `network = "club"
[wallet]
private_key_encrypted = "${BLOB}"
[networks.club]
write = "nostr"
relay_url = "ws://127.0.0.1:9/hidden-path"
`,
  );
  await Deno.writeTextFile(`${path}/identity.enc`, BLOB);
  await Deno.writeTextFile(`${path}/outside`, "");
  await Deno.symlink(`${path}/outside`, `${path}/approved_skills.json`);
  for (const name of ["crosstown.toml", "identity.enc", "outside"]) {
    await Deno.chmod(`${path}/${name}`, 0o644);
  }
  await Deno.chmod(path, 0o755);
  return {
    path,
    mode: async (name: string) => (await Deno.stat(`${path}/${name}`)).mode! & 0o777,
    async doctor(...args: string[]) {
      const io = new MemoryIo();
      io.variables = {
        GASTOWN_HOME: path,
        HOME: path,
        GASTOWN_BASE_SEPOLIA_RPC: `https://rpc.example/v2/${KEY}`,
      };
      const { code } = await run(["doctor", ...args, "--output", "json"], { io });
      return { code, document: JSON.parse(io.out) };
    },
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

Deno.test("doctor --fix removes the access of others, follows no link, and has nothing left to do the second time", async () => {
  await using home = await world();
  const plain = await home.doctor();
  assert.equal(plain.document.checks[0].status, "warn");
  assert.equal(await home.mode(""), 0o755, "without --fix nothing is changed");

  const would =
    (await home.doctor("--fix", "--report", `${home.path}/r.json`, "--dry-run")).document;
  assert.equal(await home.mode(""), 0o755, "--dry-run changes nothing");
  await assert.rejects(Deno.stat(`${home.path}/r.json`), Deno.errors.NotFound);
  assert.deepEqual([would.dry_run, would.report], [true, undefined]);

  const { document } = await home.doctor("--fix");
  assert.deepEqual(would.repairs, document.repairs);
  assert.deepEqual(document.repairs, [
    { path: home.path, from: "755", to: "700" },
    { path: `${home.path}/identity.enc`, from: "644", to: "600" },
    { path: `${home.path}/crosstown.toml`, from: "644", to: "600" },
  ]);
  assert.equal(document.checks[0].status, "ok");
  assert.equal(await home.mode("outside"), 0o644);
  assert.deepEqual((await home.doctor("--fix")).document.repairs, []);
});

Deno.test("doctor --fix closes the secret files that settings name, and those of accepted terms", async () => {
  await using home = await world();
  await home.doctor("--fix");
  const secret = `${home.path}/passphrase`;
  await Deno.writeTextFile(secret, "the passphrase", { mode: 0o640 });
  await Deno.chmod(secret, 0o640);
  const config = `${home.path}/crosstown.toml`;
  const text = await Deno.readTextFile(config);
  await Deno.writeTextFile(
    config,
    text.replace("[wallet]", `[wallet]\npassphrase_file = "${secret}"`),
  );
  await Deno.mkdir(`${home.path}/terms`, { mode: 0o700 });
  await Deno.writeTextFile(`${home.path}/terms/other.toml`, "", { mode: 0o644 });
  await Deno.chmod(`${home.path}/terms/other.toml`, 0o644);
  const { document } = await home.doctor("--fix");
  assert.deepEqual(document.repairs, [
    { path: `${home.path}/terms/other.toml`, from: "644", to: "600" },
    { path: secret, from: "640", to: "600" },
  ]);
  assert.equal(await home.mode("passphrase"), 0o600);
});

/** A process that listens at a socket and is killed, so that its file stays. */
async function killedListener(path: string): Promise<void> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      "--no-config",
      `Deno.listen({ transport: "unix", path: ${JSON.stringify(path)} });` +
      'console.log("listens"); setInterval(() => undefined, 1_000);',
    ],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  child.kill("SIGKILL");
  await child.status;
  await reader.cancel();
}

Deno.test("doctor names what killed processes left, and doctor --fix removes it", async () => {
  // A process, because only its permissions let it look at sockets.
  await using home = await testHome();
  const doctor = async (...args: string[]) => {
    const { stdout } = await home.run(["doctor", ...args, "--timeout", "1", "--output", "json"]);
    return JSON.parse(stdout);
  };
  const state = `${home.path}/hooks/mayor-001/crosstown`;
  await Deno.mkdir(state, { recursive: true });
  for (const folder of ["hooks", "hooks/mayor-001", "hooks/mayor-001/crosstown"]) {
    await Deno.chmod(`${home.path}/${folder}`, 0o700);
  }
  const socket = `${state}/control.sock`;
  await killedListener(socket);
  const draft = `${home.path}/crosstown.toml.${crypto.randomUUID()}`;
  const fresh = `${home.path}/crosstown.toml.${crypto.randomUUID()}`;
  for (const path of [draft, fresh]) await Deno.writeTextFile(path, "x", { mode: 0o600 });
  await Deno.utime(draft, new Date(0), new Date(0));

  const found = await doctor();
  assert.equal(found.checks[0].status, "warn");
  assert.match(found.checks[0].message, /control\.sock is a socket of a process that has ended/);
  assert.match(found.checks[0].suggestion, /crosstown doctor --fix/);
  assert.ok((await Deno.lstat(socket)).isSocket, "without --fix nothing is changed");

  const document = await doctor("--fix");
  assert.deepEqual(document.repairs, [
    { path: socket, from: "a socket of a process that has ended", to: "removed" },
    { path: draft, from: "an unfinished draft of crosstown.toml", to: "removed" },
  ]);
  assert.equal(document.checks[0].status, "ok");
  for (const path of [socket, draft]) await assert.rejects(Deno.lstat(path), Deno.errors.NotFound);
  assert.ok((await Deno.lstat(fresh)).isFile, "a draft that may still be written stays");
});

Deno.test("doctor --report writes a new file without any secret, and overwrites none", async () => {
  await using home = await world();
  const file = `${home.path}/report.json`;
  await home.doctor("--report", file);
  const text = await Deno.readTextFile(file);
  assert.equal(await home.mode("report.json"), 0o600);
  for (const secret of ["hidden-path", KEY, BLOB, home.path]) {
    assert.ok(!text.includes(secret), secret);
  }
  const report = JSON.parse(text);
  assert.equal(report.network, "club");
  const rpc = report.settings.find(({ key }: { key: string }) => key === "base_sepolia_rpc");
  assert.equal(rpc.value, "https://rpc.example");
  assert.ok(report.checks.some(({ name }: { name: string }) => name === "relay"));
  assert.equal((await home.doctor("--report", file)).code, 2);
});
