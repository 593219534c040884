/** A network ends with the process that started it. */
import assert from "node:assert/strict";
import { started } from "../program.ts";
import { isAlive, killQuietly, processesOf } from "./alive.ts";
import { untilNone } from "./process.ts";

Deno.test("a dev network ends, with its chain and its providers, when the process that holds its pipe is killed", async () => {
  const holder = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-check", "--quiet", "--cached-only", "--no-prompt"],
      ...["--allow-read", "--allow-write", "--allow-env", "--allow-run"],
      new URL("./held_network.ts", import.meta.url).pathname,
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = holder.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let said = "";
  while (!said.endsWith("\n")) {
    const { value, done } = await reader.read();
    assert.equal(done, false, "it ended before the network was up");
    said += value;
  }
  const { path, pid } = JSON.parse(said);
  try {
    assert.equal(await isAlive(pid), true);
    assert.ok((await processesOf(path)).length >= 4, "up, run, provider and chain");
    holder.kill("SIGKILL");
    await Promise.all([holder.status, reader.cancel(), holder.stdin.close().catch(() => {})]);
    assert.deepEqual(await untilNone(() => processesOf(path)), []);
  } finally {
    for (const left of await processesOf(path)) killQuietly(left);
    await Deno.remove(path, { recursive: true });
  }
});

Deno.test("a dev network in the foreground ends when the shell that started it is killed", async () => {
  const path = await Deno.makeTempDir({ prefix: "ct-" });
  const root = new URL("../../", import.meta.url).pathname;
  const deno = Deno.execPath();
  // With a command behind it, the shell stays its parent.
  const shell = new Deno.Command("sh", {
    args: ["-c", '"$@"; echo ended', "sh", deno, ...started(["dev", "up"])],
    cwd: root,
    env: { GASTOWN_HOME: path },
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const reader = shell.stdout.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (let said = ""; !said.includes("provider ");) {
      const { value, done } = await reader.read();
      assert.equal(done, false, "it ended before the network was up");
      said += value;
    }
    assert.ok((await processesOf(path)).length >= 4, "up, run, provider and chain");
    shell.kill("SIGKILL");
    await shell.status;
    assert.deepEqual(await untilNone(() => processesOf(path)), []);
  } finally {
    await reader.cancel();
    for (const left of await processesOf(path)) killQuietly(left);
    await Deno.remove(path, { recursive: true });
  }
});
