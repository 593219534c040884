/** A mayor whose `crosstown.toml` changes while it runs. The test of a provider is in `../one_home/`. */
import assert from "node:assert/strict";
import { nullIfMissing } from "../../../base/files/missing.ts";
import { type Document, until } from "../process.ts";
import { home } from "./no_daemon.ts";

const sha256 = async (text: string) =>
  new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))).toHex();

Deno.test("a mayor uses a lowered limit at once, says what waits for a restart, and keeps its settings when the file is not valid", async () => {
  try {
    await changed();
  } finally {
    await home.run(["mayor", "down"]);
    await Deno.remove(`${home.path}/crosstown.toml`).catch(nullIfMissing);
  }
});

async function changed(): Promise<void> {
  const up: Document = await home.json(["mayor", "up", "--detach"]);
  const set = async (...args: string[]) => (await home.run(["config", "set", ...args])).stderr;
  const status = () => home.json(["mayor", "status"]);
  const submit = (code: number) =>
    home.json(["job", "submit", "echo", "--input", "hi", "--again", "--wait"], { code });

  await submit(0);
  assert.match(await set("limits.job_m2m", "0.001"), /the running mayor uses the file now/);
  assert.equal((await status()).job_limit_units, "1000");
  const { error } = await submit(1);
  assert.match(error.message, /above the limit of 0\.001 M2M/);

  const waits = /uses limits\.job_m2m, state\.keep_days after a restart: 'crosstown mayor down'/;
  await set("limits.job_m2m", "5");
  assert.match(await set("state.keep_days", "60"), waits);
  assert.equal((await status()).job_limit_units, "1000", "nothing raises it while it runs");
  assert.deepEqual((await status()).settings.restart, ["limits.job_m2m", "state.keep_days"]);
  const { settings } = await home.json(["config", "list"]);
  assert.deepEqual(
    settings.filter((each: Document) => each.needs_restart).map(({ key }: Document) => key),
    ["limits.job_m2m", "state.keep_days"],
  );
  assert.match((await home.run(["mayor", "status"])).stdout, /^restart for +changed settings/m);
  assert.match((await home.run(["config", "list"])).stdout, waits);

  const file = `${home.path}/crosstown.toml`;
  const log = () => Deno.readTextFile(`${home.path}/hooks/mayor-001/crosstown.log`);
  await Deno.writeTextFile(file, "[limits]\njob_m2m = [\n");
  await until("the line of the fault", async () => /toml.* line 3/.test(await log()));

  // The daemon is shown with a file that no command can read.
  const broken = await status();
  assert.deepEqual([broken.state, broken.pid, broken.job_limit_units], ["up", up.pid, "1000"]);
  assert.match(JSON.stringify(broken.settings.problem), /toml.* line 3/);
  assert.equal(broken.problem, undefined);
  assert.match((await home.run(["mayor", "status"])).stdout, /^problem +.*line 3/m);

  // SIGHUP ends neither the daemon nor its parent.
  const text = '[limits]\njob_m2m = "0.002"\n';
  await Deno.writeTextFile(file, text);
  const digest = await sha256(text);
  for (const pid of [up.pid, await parentOf(up.pid)]) Deno.kill(pid, "SIGHUP");
  const now = await until("the valid file", async () => {
    const told = await status();
    return told.settings.file_sha256 === digest && told;
  });
  assert.deepEqual([now.pid, now.settings.restart, now.settings.problem], [
    up.pid,
    ["limits.job_m2m"],
    null,
  ]);
  await Deno.writeTextFile(file, "[limits]\njob_m2m = [\n");
  await home.json(["mayor", "down"]);
  assert.equal((await home.json(["mayor", "status"], { code: 2 })).error.code, "config_syntax");
  await Deno.writeTextFile(file, text);
  await home.json(["mayor", "up", "--detach"]);
  assert.equal((await status()).job_limit_units, "2000");
}

/** The process that started a process. */
async function parentOf(pid: number): Promise<number> {
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", 'sed -n "s/^PPid:[[:space:]]*//p" "/proc/$1/status"', "sh", `${pid}`],
  }).output();
  const parent = Number(new TextDecoder().decode(stdout));
  assert.ok(parent > 1);
  return parent;
}
