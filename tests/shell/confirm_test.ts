import assert from "node:assert/strict";
import { confirm } from "../../shell/confirm.ts";
import { Output } from "../../shell/output.ts";
import { MemoryIo } from "../commands/memory_io.ts";

const TEST = { name: "dev", testnet: true };
const MAIN = { name: "base", testnet: false };

/** Whether a person is asked; a terminal is one on both standard input and standard error. */
function asks(
  profile: typeof TEST,
  { terminal = false, mode = "text" as "text" | "json", ...flags }: {
    readonly terminal?: boolean;
    readonly mode?: "text" | "json";
    readonly yes?: boolean;
    readonly dryRun?: boolean;
    readonly nonInteractive?: boolean;
  },
) {
  const io = new MemoryIo();
  io.terminal = terminal;
  io.stdinIsTerminal = terminal;
  const output = new Output(io, { mode, quiet: false, verbose: false });
  return confirm.asks({ io, output, globals: flags } as never, profile as never);
}

Deno.test("confirm.asks() asks on a terminal, unless --yes or --dry-run is given", async () => {
  for (const profile of [TEST, MAIN]) {
    assert.equal(await asks(profile, { terminal: true }), true);
    assert.equal(await asks(profile, { terminal: true, yes: true }), false);
    assert.equal(await asks(profile, { dryRun: true }), false);
    assert.equal(await asks(profile, { yes: true }), false);
  }
});

Deno.test("confirm.asks() goes on without a terminal on a test network, and refuses a main network", async () => {
  for (
    const how of [{}, { terminal: true, nonInteractive: true }, {
      terminal: true,
      mode: "json",
    }] as const
  ) {
    assert.equal(await asks(TEST, how), false);
    await assert.rejects(async () => await asks(MAIN, how), {
      code: "needs_yes",
      message: /base is a main network/,
    });
  }
});

for (
  const { typed, is } of [
    { typed: ["y\n"], is: true },
    { typed: ["YE", "S\r\n"], is: true },
    { typed: ["yes"], is: true },
    { typed: ["\n"], is: false },
    { typed: [], is: false },
    { typed: ["n\n"], is: false },
    { typed: ["yes, no\n"], is: false },
    { typed: ["y\ny\n"], is: false },
    { typed: ["y".repeat(300)], is: false },
  ]
) {
  Deno.test(`confirm.yes() takes ${JSON.stringify(typed).slice(0, 20)} for ${is ? "yes" : "no"}`, async () => {
    const io = new MemoryIo();
    io.stdin = ReadableStream.from(typed.map((part) => new TextEncoder().encode(part)));
    const output = new Output(io, { mode: "text", quiet: false, verbose: false });
    assert.equal(await confirm.yes({ io, output }, "Close it?"), is);
    assert.equal(io.err, "Close it? [y/N]\n");
  });
}
