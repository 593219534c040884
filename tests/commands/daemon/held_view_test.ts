/** What a daemon prints while the dashboard over it is open. */
import assert from "node:assert/strict";
import { HeldView } from "../../../commands/daemon/held_view.ts";
import type { Invocation } from "../../../shell/command.ts";
import { Output } from "../../../shell/output.ts";
import { temporaryFolder } from "../../skills/machine.ts";
import { until } from "../../until.ts";
import { MemoryIo } from "../memory_io.ts";

/** A view over a daemon of this home, which has nothing to show yet. */
function viewOf(home: string) {
  const io = new MemoryIo();
  io.variables = { HOME: home };
  const globals = {
    home,
    output: "text",
    nonInteractive: true,
    yes: false,
    dryRun: false,
    quiet: false,
    verbose: false,
  } as const;
  const output = new Output(io, { mode: "text", quiet: false, verbose: false });
  const { signal } = new AbortController();
  const invocation = { globals, io, output, signal } as unknown as Invocation;
  return { io, view: new HeldView(invocation, "node") };
}

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("HeldView writes what the daemon prints at once before the dashboard opens, and holds it while it is open", async () => {
  await using home = await temporaryFolder();
  const { io, view } = viewOf(home.path);
  await view.error(bytes("before\n"));
  assert.equal(io.err, "before\n");
  view.open();
  await view.error(bytes("one\n"));
  await view.output.warn("two");
  assert.equal(io.err, "before\n");
  await view[Symbol.asyncDispose]();
  assert.equal(io.err, "before\none\nWarning: two\n");
  await view.error(bytes("after\n"));
  assert.match(io.err, /\nafter\n$/);
});

Deno.test("HeldView keeps the last 64 KiB of what the daemon prints while the dashboard is open", async () => {
  await using home = await temporaryFolder();
  const { io, view } = viewOf(home.path);
  view.open();
  const lines = Array.from({ length: 40 }, (_, at) => `${at} `.padEnd(4_095, "x") + "\n");
  for (const line of lines) await view.error(bytes(line));
  await view[Symbol.asyncDispose]();
  assert.equal(io.err, lines.slice(-16).join(""));
});

Deno.test("HeldView says why the dashboard ended, and that the daemon goes on", async () => {
  await using home = await temporaryFolder();
  const { io, view } = viewOf(home.path);
  view.open();
  await view.error(bytes("held\n"));
  await until(() => io.err.includes("goes on"));
  assert.match(
    io.err,
    /^held\nWarning: the dashboard ended: there is nothing to show in this home/,
  );
  assert.match(io.err, /The node goes on in this terminal\. .*'crosstown node attach'/);
  assert.equal(view.stop.aborted, false);
  await view[Symbol.asyncDispose]();
});
