/** How `main()` tells what went wrong in a command. */
import assert from "node:assert/strict";
import { ConfigError } from "../../base/config_error.ts";
import type { CommandSpec } from "../../shell/command.ts";
import { CommandError, UsageError } from "../../shell/errors.ts";
import { MemoryIo, run } from "./memory_io.ts";
import { failing } from "./recorder.ts";

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

/** A process whose streams are files on a full disk. */
class FullIo extends MemoryIo {
  constructor(readonly full: readonly ("stdout" | "stderr")[]) {
    super();
  }
  override get stdout() {
    return this.full.includes("stdout") ? FULL : super.stdout;
  }
  override get stderr() {
    return this.full.includes("stderr") ? FULL : super.stderr;
  }
}

const FULL = {
  isTerminal: false,
  write: () => Promise.reject(new Error("No space left on device (os error 28)")),
};

for (const mode of ["text", "json", "csv"]) {
  Deno.test(`main() says on standard error that a result cannot be written (${mode})`, async () => {
    const io = new FullIo(["stdout"]);
    const { code, err } = await run(["commands", "--output", mode], { io });
    assert.equal(code, 1);
    assert.match(err, /^Error: Cannot write to standard output: No space left.*\nSuggestion: /);
    assert.equal((await run(["--help", "--output", mode], { io })).code, 1);
  });
}

Deno.test("main() exits with the same code if neither stream can be written", async () => {
  const io = new FullIo(["stdout", "stderr"]);
  for (const mode of ["text", "json"]) {
    assert.equal((await run(["jbo", "--output", mode], { io })).code, 2);
    assert.equal((await run(["commands", "--output", mode], { io })).code, 1);
  }
});

Deno.test("main() ends no command because a remark cannot be written", async () => {
  const pay: CommandSpec = {
    name: "pay",
    summary: "pays",
    run: async ({ output }) => {
      await output.note("posted");
      await output.line("paid");
    },
  };
  const io = new FullIo(["stderr"]);
  assert.equal((await run(["pay"], { io, commands: [pay] })).code, 0);
  assert.equal(io.out, "paid\n");
});
