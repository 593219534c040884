/** The help and the version that `main()` prints, and the table of commands behind it. */
import assert from "node:assert/strict";
import manifest from "../../deno.json" with { type: "json" };
import { COMMANDS } from "../../commands/command_table.ts";
import type { CommandSpec } from "../../shell/command.ts";
import { UsageError } from "../../shell/errors.ts";
import { MemoryIo, run } from "./memory_io.ts";
import { failing, recorder } from "./recorder.ts";

Deno.test("main() shows help with examples for the program, a group and a command, exit 0", async () => {
  const { commands, calls } = recorder();
  for (
    const { args, expected } of [
      { args: [], expected: /Usage: crosstown .*Commands:.*job +jobs.*Examples:\n {2}crosstown/s },
      { args: ["--help"], expected: /Usage: crosstown .*Examples:/s },
      { args: ["job", "--help"], expected: /Usage: crosstown job.*submit\|post.*post a job/s },
      { args: ["job", "--help"], expected: /options and examples: crosstown job submit --help\n/ },
      { args: ["help", "job"], expected: /Usage: crosstown job/ },
      { args: ["help", "job", "submit"], expected: /Usage: crosstown job submit\|post.*<type>/s },
      { args: ["help", "job", "post", "echo"], expected: /Usage: crosstown job submit\|post/ },
      { args: ["help"], expected: /Usage: crosstown .*Commands:/s },
      {
        args: ["job", "submit", "-h"],
        expected: /<type>.*--param <k=v>.*Global Options:.*--network.*Examples:\n.*# an example/s,
      },
    ]
  ) {
    const { code, out, err } = await run(args, { commands });
    assert.equal(code, 0);
    assert.match(out, expected);
    assert.equal(err, "");
  }
  assert.equal(calls.length, 0);
});

Deno.test("a description is wrapped at the terminal's width, wherever the source broke its lines", async () => {
  const { commands } = recorder({ description: "One,\ntwo.\n\nThree" });
  const { out } = await run(["job", "submit", "--help"], { commands });
  assert.match(out, /\nOne, two\.\n\nThree\n/);
});

Deno.test("main() loads only the group that is called", async () => {
  const loaded: string[] = [];
  const groups = ["a", "b"].map((name) => ({
    name,
    summary: name,
    load: () => {
      loaded.push(name);
      return Promise.resolve({ command: failing(new UsageError("x", "y")) });
    },
  }));
  const { main } = await import("../../commands/main.ts");
  const io = new MemoryIo();
  await main(["--help"], io, new AbortController().signal, groups);
  assert.deepEqual(loaded, []);
  await main(["--home", "a", "b", "--help"], io, new AbortController().signal, groups);
  assert.deepEqual(loaded, ["b"]);
});

Deno.test("main() shows the version of deno.json and the commit in text and JSON", async () => {
  const git = new Deno.Command("git", { args: ["rev-parse", "--short=12", "HEAD"] });
  const commit = new TextDecoder().decode((await git.output()).stdout).trim();
  assert.deepEqual(await run(["--version"]), {
    code: 0,
    out: `crosstown ${manifest.version} (commit ${commit})\n`,
    err: "",
  });
  const { out } = await run(["--version", "--output", "json"]);
  assert.deepEqual(JSON.parse(out), {
    schema: "version/1",
    version: manifest.version,
    commit,
  });
  const version = JSON.parse((await run(["version", "--output", "json"])).out);
  assert.equal(version.version, manifest.version);
});

Deno.test("every command in the table has the name it is listed under, and examples", async () => {
  for (const entry of COMMANDS) {
    const { command } = await entry.load();
    assert.equal(command.name, entry.name);
    assert.equal(command.summary, entry.summary);
    const leaves = (spec: CommandSpec, path: string): [string, CommandSpec][] => [
      ...(spec.run ? [[path, spec] as [string, CommandSpec]] : []),
      ...(spec.commands ?? []).flatMap((child) => leaves(child, `${path} ${child.name}`)),
    ];
    for (const [path, spec] of leaves(command, entry.name)) {
      assert.ok(spec.examples?.length, `${path} has no examples`);
      for (const { command } of spec.examples!) assert.match(command, /crosstown /, path);
    }
  }
});

Deno.test("the table of commands names no module in import(), so that --help reads none of them", async () => {
  const table = await Deno.readTextFile(
    new URL("../../commands/command_table.ts", import.meta.url),
  );
  assert.doesNotMatch(table, /import\("/);
});
