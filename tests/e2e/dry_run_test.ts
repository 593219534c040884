/** `--dry-run` for every command of the table: commands with it change no byte of the home, and the others refuse it. */
import assert from "node:assert/strict";
import { COMMANDS } from "../../commands/command_table.ts";
import type { CommandSpec } from "../../shell/command.ts";
import { devLayout } from "../../network/dev/layout.ts";
import { emptyRelay } from "../commands/peers.ts";
import { MemoryIo, run } from "../commands/memory_io.ts";
import { devHome } from "./process.ts";

async function commandsOf(): Promise<{ readonly path: string; readonly spec: CommandSpec }[]> {
  const found: { path: string; spec: CommandSpec }[] = [];
  const walk = (spec: CommandSpec, path: string) => {
    if (spec.run !== undefined) found.push({ path, spec });
    for (const child of spec.commands ?? []) walk(child, `${path} ${child.name}`);
  };
  for (const { name, load } of COMMANDS) walk((await load()).command, name);
  return found;
}

/** Every file below a folder with its content, except those of the running network, the lock, and SQLite's shared memory. */
async function filesOf(folder: string, under = ""): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for await (const { name, isDirectory, isFile } of Deno.readDir(`${folder}/${under}`)) {
    const path = `${under}${name}`;
    if (path === "dev" || name === "state.lock" || name.endsWith(".db-shm")) continue;
    if (isDirectory) Object.assign(files, { [path]: "folder" }, await filesOf(folder, `${path}/`));
    if (!isFile) continue;
    const bytes = await Deno.readFile(`${folder}/${path}`);
    // A reader creates SQLite's log, but writes nothing to it.
    if (name.endsWith(".db-wal") && bytes.length === 0) continue;
    files[path] = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  }
  return files;
}

Deno.test("a command without --dry-run refuses the flag before it does anything", async () => {
  const without = (await commandsOf()).filter(({ spec }) => spec.dryRun !== true);
  assert.ok(without.some(({ path }) => path === "dev down"));
  for (const { path, spec } of without) {
    const args = (spec.args ?? []).filter(({ name }) => name.startsWith("<")).map(() => "x");
    const needed = path === "stage" ? ["--input", "/dev/null"] : [];
    const io = new MemoryIo();
    io.variables = { HOME: "/nowhere", GASTOWN_HOME: "/nowhere/home" };
    const { code, err } = await run([...path.split(" "), ...args, ...needed, "--dry-run"], { io });
    assert.equal(code, 2, `${path}: ${err}`);
    assert.match(err, new RegExp(`'crosstown ${path}' has no --dry-run: \\w`));
  }
});

Deno.test("each command that changes or spends has --dry-run, or says why not in 'crosstown commands --json'", async () => {
  const { out } = await run(["commands", "--json"]);
  const { commands } = JSON.parse(out);
  assert.ok(commands.length > 100);
  for (const { path, effect, dry_run, no_dry_run } of commands) {
    const needs = effect !== "reads" && !dry_run;
    assert.equal(typeof no_dry_run, needs ? "string" : "object", path);
  }
});

Deno.test("--dry-run leaves a home as it was, to the byte, new or in use", async (t) => {
  await using home = await devHome();
  await using relay = await emptyRelay({ name: "here" });
  const aside = await Deno.makeTempDir({ prefix: "crosstown-aside-" });
  const project = `${aside}/project`;
  await Deno.mkdir(`${project}/.gt`, { recursive: true, mode: 0o700 });
  const next = `${aside}/next`;
  await Deno.writeTextFile(next, "a new passphrase of many words\n", { mode: 0o600 });
  const passphrase = ["--passphrase-file", devLayout(home.path).buyer.passphraseFile];
  const friend = "0x90F79bf6EB2c4f870365E785982E1f101E93b906";
  const url = `ws://127.0.0.1:${relay.port}`;
  const elsewhere = ["--network", "base-sepolia"];
  const cases = (
    job: string,
    sequence = "sequence-none",
  ): Readonly<Record<string, readonly string[]>> => ({
    "build": [new URL("../../fixtures/projects/hello", import.meta.url).pathname],
    "job submit": ["echo", "--input", "never sent"],
    "job cancel": [job],
    "job pay": [job],
    "job pause": [job],
    "job resume": [job],
    "job top-up": [job, "--bid", "0.5"],
    "job rerun": [job],
    "job sequence run": ["fixtures/sequences/two_steps.toml"],
    "job sequence cancel": [sequence],
    "sling": ["echo", "--input", "never sent"],
    "convoy run": ["fixtures/sequences/two_steps.toml"],
    "convoy cancel": [sequence],
    "channel open": ["--deposit", "5", "--peer", friend],
    "channel deposit": ["ch_", "5"],
    "channel close": ["ch_"],
    "channel settle": ["ch_"],
    "channel claim": ["ch_"],
    "doctor": ["--packet", "--fix", "--report", `${aside}/report.json`],
    "message send": ["ab".repeat(32), "never sent"],
    "state compact": [],
    "state recover": [],
    "node benchmark": [],
    "wallet init": ["--passphrase-file", next],
    "wallet import": ["--passphrase-file", next],
    "wallet send": [friend, "1"],
    "wallet faucet": [],
    "wallet limits": ["--set", "hour=20"],
    "wallet export": ["--to", `${home.path}/keys.txt`, ...passphrase],
    "wallet passphrase": ["--new-passphrase-file", next],
    "home trust": [project],
    "home untrust": [project],
    "relay terms": ["--pin", "ab".repeat(32), "--accept", "--relay", url, ...elsewhere],
    "connector terms": ["--pin", "ab".repeat(32), "--accept", "east", "--fingerprint", "1"],
    "connector forget": ["east"],
    "relay connect": [url, ...elsewhere],
    "relay disconnect": elsewhere,
    "config set": ["jobs.timeout_s", "60"],
    "config unset": ["jobs.timeout_s"],
    "skill approve": [`${aside}/counter`],
    "skill remove": ["counter"],
  });
  await home.json(["skill", "new", "counter", "--runner", "deno", "--dir", aside]);
  const have = (await commandsOf()).filter(({ spec }) => spec.dryRun).map(({ path }) => path);
  assert.deepEqual(Object.keys(cases("")).sort(), have.sort(), "each command has its case");

  const holds = async (job: string, refused: readonly string[], sequence?: string) => {
    const before = await filesOf(home.path);
    for (const [path, args] of Object.entries(cases(job, sequence))) {
      const ended = await home.run([...path.split(" "), ...args, "--dry-run"]);
      const expected = refused.includes(path) ? ended.code === 1 || ended.code === 2 : !ended.code;
      assert.ok(expected, `${path}: exit ${ended.code}\n${ended.stdout}\n${ended.stderr}`);
      assert.deepEqual(await filesOf(home.path), before, path);
    }
  };
  // No job of this home is metered or sealed. This relay has no announced terms, and no connector announces itself; on the dev network nothing has to be settled, and the passphrase of its wallet does not change.
  const metered = ["job pay", "job pause", "job resume", "job top-up"];
  const terms = ["relay terms", "connector terms", "connector forget"];
  const always = [...metered, ...terms, "channel settle", "wallet passphrase"];
  try {
    await t.step("a home in which only the dev network was started", async () => {
      const none = [
        "job sequence cancel",
        "convoy cancel",
        "job cancel",
        "job rerun",
        "home untrust",
        "channel deposit",
        "channel close",
      ];
      await holds("job-none", [...always, ...none, "channel claim", "skill remove"]);
    });
    await t.step("a home with a job, a channel and consents", async () => {
      await home.json(["job", "submit", "echo", "--input", "first", "--wait"]);
      await home.json(["home", "trust", project]);
      await home.json(["skill", "approve", `${aside}/counter`, "--yes"]);
      await home.json(["relay", "connect", url, ...elsewhere]);
      const slow = `${aside}/slow.toml`;
      await Deno.writeTextFile(
        slow,
        '[[steps]]\nname = "a"\ntype = "ci-run"\ninput = "x"\nparams = { command = "sleep 600" }\nbid = "0.5"\n',
      );
      const { sequence_id } = await home.json(["job", "sequence", "run", slow]);
      const { job_id: open } = await home.json(["job", "submit", "echo", "--input", "second"]);
      await holds(open, always, sequence_id);
    });
  } finally {
    await Deno.remove(aside, { recursive: true });
  }
});
