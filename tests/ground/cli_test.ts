import assert from "node:assert/strict";
import { runFlags } from "../../shell/run_flags.ts";
import { HAS_TERMINAL } from "../e2e/terminal.ts";

const root = new URL("../../", import.meta.url);
const cli = new URL("cli.ts", root).pathname;

/** The command as a separate process, with the task's flags. */
function crosstown(args: readonly string[], options: Partial<Deno.CommandOptions> = {}) {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", ...runFlags(Deno.execPath()), cli, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    ...options,
  });
}

async function homeWithLog(lines: number): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir({ prefix: "crosstown-cli-" });
  await Deno.mkdir(`${path}/hooks/mayor-001`, { recursive: true });
  const text = Array.from({ length: lines }, (_, i) => `level=info msg="line ${i}"\n`).join("");
  await Deno.writeTextFile(`${path}/hooks/mayor-001/crosstown.log`, text);
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("cli.ts shows its version and help without any permission", async () => {
  for (const [args, expected] of [[["--version"], /^crosstown \d/], [["--help"], /^Usage:/]]) {
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-prompt", cli, ...(args as string[])],
      stdout: "piped",
    }).output();
    assert.equal(code, 0);
    assert.match(text(stdout), expected as RegExp);
  }
});

Deno.test("cli.ts says which permission is missing, and how to give it", async () => {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", cli, "config", "--output", "json"],
    stdout: "piped",
  }).output();
  assert.equal(code, 1);
  const { error } = JSON.parse(text(stdout));
  assert.equal(error.code, "permission");
  assert.match(error.suggestion, /deno task/);
});

Deno.test("cli.ts prints a document on standard output and nothing else", async () => {
  const { code, stdout, stderr } = await crosstown(["version", "--output", "json"]).output();
  assert.equal(code, 0);
  assert.equal(text(stderr), "");
  assert.equal(text(stdout).split("\n").length, 2);
  assert.equal(typeof JSON.parse(text(stdout)).version, "string");
});

Deno.test("cli.ts exits 2 on a mistake and keeps standard output empty", async () => {
  const { code, stdout, stderr } = await crosstown(["nonsense"]).output();
  assert.equal(code, 2);
  assert.equal(text(stdout), "");
  assert.equal(text(stderr).split("\n").length, 3);
});

Deno.test("cli.ts ends quietly when the reader of its output goes away", async () => {
  await using home = await homeWithLog(50_000);
  const child = crosstown(["logs", "-n", "50000", "--home", home.path]).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();
  const [status, errors] = await Promise.all([child.status, new Response(child.stderr).text()]);
  assert.equal(errors, "");
  assert.ok(status.code === 0 || status.code === 129, `exit ${status.code}`);
});

Deno.test("cli.ts gives SIGINT to the command, which ends by itself", async () => {
  await using home = await homeWithLog(1);
  const child = crosstown(["logs", "--follow", "--home", home.path]).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  child.kill("SIGINT");
  const [status, errors] = await Promise.all([child.status, new Response(child.stderr).text()]);
  await reader.cancel();
  assert.equal(errors, "");
  assert.deepEqual({ code: status.code, signal: status.signal }, { code: 0, signal: null });
});

Deno.test({
  name: "cli.ts ends a command in order when its terminal hangs up, also twice",
  ignore: !HAS_TERMINAL,
  async fn() {
    await using home = await homeWithLog(1);
    const words = [Deno.execPath(), "run", ...runFlags(Deno.execPath()), cli];
    const line = [...words, "logs", "--follow", "--home", home.path]
      .map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
    // `script` gives the command a terminal, and ends with its exit code: 129 if the signal killed it.
    const child = new Deno.Command("script", {
      args: ["-qec", `echo pid $$; exec ${line}`, "/dev/null"],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    let shown = "";
    for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
      const before = shown;
      shown += part;
      if (before.includes("line 0") || !shown.includes("line 0")) continue;
      const pid = Number(/pid (\d+)/.exec(shown)![1]);
      Deno.kill(pid, "SIGHUP");
      try {
        Deno.kill(pid, "SIGHUP");
      } catch (error) {
        // It may have ended by the first; how it ended is checked below.
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
    await child.stdin.close();
    assert.equal((await child.status).code, 0, shown);
  },
});
