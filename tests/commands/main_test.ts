/** What `main()` gives a command, and with what it exits. */
import assert from "node:assert/strict";
import type { CommandSpec } from "../../shell/command.ts";
import { Interrupted } from "../../shell/errors.ts";
import { run } from "./memory_io.ts";
import { recorder } from "./recorder.ts";

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
      name: "a flag without a command",
      args: "--quiet",
      message: "crosstown needs a command",
      suggestion: "see 'crosstown --help'",
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

Deno.test("main() refuses an empty value of a global flag, which must not choose the default", async () => {
  const { calls, commands } = recorder();
  for (const flag of ["--home", "--network", "--more-relays", "--passphrase-file"]) {
    const { code, err } = await run(["job", "submit", "echo", flag, ""], { commands });
    assert.equal(code, 2, flag);
    assert.match(err, new RegExp(`^Error: ${flag} is empty`));
  }
  assert.equal(calls.length, 0);
});
