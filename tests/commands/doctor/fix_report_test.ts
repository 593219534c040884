import assert from "node:assert/strict";
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
