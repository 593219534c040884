import assert from "node:assert/strict";
import { ConfigError } from "../../base/config_error.ts";
import manifest from "../../deno.json" with { type: "json" };
import type { CommandSpec, Invocation } from "../../shell/command.ts";
import { COMMANDS } from "../../commands/command_table.ts";
import { CommandError, Interrupted, UsageError } from "../../shell/errors.ts";
import { MemoryIo, run } from "./memory_io.ts";

/** Records the arguments of its calls. */
function recorder(extra: Partial<CommandSpec> = {}) {
  const calls: Invocation[] = [];
  const command: CommandSpec = {
    name: "job",
    summary: "jobs",
    commands: [{
      name: "submit",
      aliases: ["post"],
      summary: "post a job",
      args: [{ name: "<type>", summary: "what" }, { name: "[file...]", summary: "more" }],
      options: [
        { flags: "--param <k=v>", summary: "a parameter", repeat: true },
        { flags: "--timeout <seconds>", summary: "how long", default: "300" },
        { flags: "--max-price <amount>", summary: "at most" },
        { flags: "--wait", summary: "until done" },
      ],
      examples: [{ command: "crosstown job submit echo", note: "an example" }],
      run: (invocation) => {
        calls.push(invocation);
        return Promise.resolve();
      },
      ...extra,
    }],
  };
  return { calls, commands: [command] };
}

const failing = (error: unknown): CommandSpec => ({
  name: "x",
  summary: "fails",
  run: () => Promise.reject(error),
});

Deno.test("main() gives arguments, options and global flags wherever they stand", async () => {
  const { calls, commands } = recorder();
  const line =
    "--home /h job submit --param a=1 ci-run f1 f2 --param b=2 --wait --max-price 5 --output json --quiet";
  assert.equal((await run(line.split(" "), { commands })).code, 0);
  const [{ args, options, globals }] = calls;
  assert.equal(args.required("type"), "ci-run");
  assert.deepEqual(args.list("file"), ["f1", "f2"]);
  assert.deepEqual(options.list("param"), ["a=1", "b=2"]);
  assert.equal(options.integer("timeout", { min: 1, max: 1_000 }), 300);
  assert.equal(options.text("maxPrice"), "5");
  assert.equal(options.on("wait"), true);
  assert.equal(globals.home, "/h");
  assert.equal(globals.output, "json");
  assert.equal(globals.quiet, true);
  assert.equal(globals.network, undefined);
});

Deno.test("main() passes what follows -- on as arguments", async () => {
  const { calls, commands } = recorder();
  await run(["job", "post", "ci-run", "--", "--output", "json"], { commands });
  assert.deepEqual(calls[0].args.list("file"), ["--output", "json"]);
  assert.equal(calls[0].globals.output, "text");
});

for (
  const { name, args, message, suggestion } of [
    {
      name: "an unknown command",
      args: "jbo submit",
      message: "unknown command 'jbo'",
      suggestion: "did you mean 'job'?",
    },
    {
      name: "an unknown command of a group",
      args: "job sbumit",
      message: "unknown command 'sbumit'",
      suggestion: "did you mean 'submit'?",
    },
    {
      name: "a group without a command",
      args: "job",
      message: "job needs a command: submit",
      suggestion: "see 'crosstown job --help'",
    },
    {
      name: "an unknown option",
      args: "job submit echo --wiat",
      message: "unknown option '--wiat'",
      suggestion: "did you mean '--wait'?",
    },
    {
      name: "help of an unknown command",
      args: "help jbo",
      message: "unknown command 'jbo'",
      suggestion: "did you mean 'job'?",
    },
    {
      name: "help of an unknown command of a group",
      args: "help job sbumit",
      message: "unknown command 'sbumit'",
      suggestion: "did you mean 'submit'?",
    },
    {
      name: "a missing argument",
      args: "job submit",
      message: "missing required argument 'type'",
      suggestion: "see 'crosstown job submit --help'",
    },
    {
      name: "a missing value",
      args: "job submit echo --timeout",
      message: "option '--timeout <seconds>' argument missing",
      suggestion: "see 'crosstown job submit --help'",
    },
    {
      name: "a mistyped choice",
      args: "job submit echo --output jsn",
      message:
        "option '--output <mode>' argument 'jsn' is invalid. Allowed choices are text, json, csv.",
      suggestion: "did you mean 'json'?",
    },
    {
      name: "a wrong output mode",
      args: "job submit echo --output xml",
      message:
        "option '--output <mode>' argument 'xml' is invalid. Allowed choices are text, json, csv.",
      suggestion: "see 'crosstown --help'",
    },
  ]
) {
  Deno.test(`main() exits 2 with one line and a suggestion on ${name}`, async () => {
    const { commands, calls } = recorder();
    const { code, out, err } = await run(args.split(" "), { commands });
    assert.equal(code, 2);
    assert.equal(out, "");
    assert.equal(err, `Error: ${message}\nSuggestion: ${suggestion}\n`);
    assert.equal(calls.length, 0);
  });
}

Deno.test("main() prints a mistake as one JSON document with --output json, wherever it stands", async () => {
  for (const args of [["--output", "json", "jbo"], ["jbo", "--output=json"]]) {
    const { code, out, err } = await run(args, { commands: recorder().commands });
    assert.equal(code, 2);
    assert.equal(err, "");
    assert.deepEqual(JSON.parse(out), {
      error: {
        code: "usage",
        message: "unknown command 'jbo'",
        suggestion: "did you mean 'job'?",
      },
    });
  }
});

class StoreLocked extends Error {
  override readonly name = "StoreError";
  readonly code = "locked";
}

for (
  const { name, error, code, document } of [
    {
      name: "a user's mistake",
      error: new UsageError("no such file: x", "check the path", "no_file"),
      code: 2,
      document: { code: "no_file", message: "no such file: x", suggestion: "check the path" },
    },
    {
      name: "a mistake in the configuration",
      error: new ConfigError("config_invalid", "relay: bad", "set it"),
      code: 2,
      document: { code: "config_invalid", message: "relay: bad", suggestion: "set it" },
    },
    {
      name: "a refusal",
      error: new CommandError(
        "insufficient_balance",
        "insufficient channel balance",
        "run 'crosstown channel deposit'",
      ),
      code: 1,
      document: {
        code: "insufficient_balance",
        message: "insufficient channel balance",
        suggestion: "run 'crosstown channel deposit'",
      },
    },
    {
      name: "an ILP error carried verbatim",
      error: new CommandError("F02", "Unreachable", "check the address"),
      code: 1,
      document: { code: "F02", message: "Unreachable", suggestion: "check the address" },
    },
    {
      name: "a service's condition",
      error: new StoreLocked("another process holds the lock"),
      code: 1,
      document: {
        code: "locked",
        message: "another process holds the lock",
        suggestion:
          "another crosstown process uses this home: wait until it ends, or stop its daemon with 'crosstown mayor down' or 'crosstown node down'",
      },
    },
  ]
) {
  Deno.test(`main() tells ${name} with exit ${code} and no stack`, async () => {
    const json = await run(["x", "--output", "json"], { commands: [failing(error)] });
    assert.equal(json.code, code);
    assert.deepEqual(JSON.parse(json.out), { error: document });
    assert.equal(json.err, "");
    const text = await run(["x"], { commands: [failing(error)] });
    assert.equal(text.out, "");
    assert.equal(
      text.err,
      `Error: ${document.message}\nSuggestion: ${document.suggestion}\n`,
    );
  });
}

for (
  const error of [
    new TypeError("x is not a function"),
    Object.assign(new Error("no such file"), { code: "ENOENT" }),
    "a string",
    undefined,
  ]
) {
  Deno.test(`main() prints the stack of ${error instanceof Error ? error.message : error}`, async () => {
    const text = await run(["x"], { commands: [failing(error)] });
    assert.equal(text.code, 1);
    assert.match(text.err, /^Error: .+\nSuggestion: .+report.+\n.+\n +at /s);
    const json = await run(["x", "--output", "json"], { commands: [failing(error)] });
    assert.equal(JSON.parse(json.out).error.code, "internal");
    assert.match(json.err, /\n +at /);
  });
}

Deno.test("main() lets no control character of a message reach the terminal", async () => {
  const error = new CommandError("x", "bad \u001b]0;owned\u0007\nnext", "do \u001b[2J");
  const { err } = await run(["x"], { commands: [failing(error)] });
  assert.equal(
    err,
    "Error: bad \\u001b]0;owned\\u0007 next\nSuggestion: do \\u001b[2J\n",
  );
});

Deno.test("main() breaks a suggestion between words on a terminal, and nowhere for a program", async () => {
  const suggestion = "start its daemon with 'crosstown mayor up --detach', or post a job with " +
    "'crosstown job submit', which needs a wallet";
  const commands = [failing(new CommandError("x", "no state", suggestion))];
  const io = new MemoryIo();
  io.terminal = true;
  io.variables = { TERM: "dumb" };
  const shown = await run(["x"], { commands, io });
  assert.equal(
    shown.err,
    `Error: no state
Suggestion: start its daemon with 'crosstown mayor up --detach', or post a job
            with 'crosstown job submit', which needs a wallet
`,
  );
  const piped = await run(["x"], { commands });
  assert.equal(piped.err, `Error: no state\nSuggestion: ${suggestion}\n`);
});

Deno.test("main() exits 130 when the command ends because of the signal", async () => {
  const stop = new AbortController();
  const command: CommandSpec = {
    name: "x",
    summary: "waits",
    run: ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
        stop.abort(new Interrupted("SIGINT"));
      }),
  };
  const { code, err } = await run(["x"], { commands: [command], signal: stop.signal });
  assert.equal(code, 130);
  assert.match(err, /^Error: Interrupted by SIGINT\n/);
});

Deno.test("main() says nothing when the command ends because its results have no reader, exit 129", async () => {
  const stop = new AbortController();
  const command: CommandSpec = {
    name: "x",
    summary: "prints for ever",
    run: ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
        stop.abort(new Interrupted("SIGHUP"));
      }),
  };
  const { code, err, out } = await run(["x"], { commands: [command], signal: stop.signal });
  assert.deepEqual([code, err, out], [129, "", ""]);
});

Deno.test("main() returns the command's exit code", async () => {
  const command: CommandSpec = { name: "x", summary: "says no", run: () => Promise.resolve(1) };
  assert.equal((await run(["x"], { commands: [command] })).code, 1);
});

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
