/** `crosstown mcp` over standard input and output: how it ends. */
import assert from "node:assert/strict";
import { temporaryFolder } from "../skills/machine.ts";
import { MemoryIo, run } from "../commands/memory_io.ts";

/** The command with this on its standard input, which stays open unless `closes`. */
async function given(
  text: string,
  { closes, typed = false }: { readonly closes: boolean; readonly typed?: boolean },
) {
  await using folder = await temporaryFolder();
  const io = new MemoryIo();
  io.stdinIsTerminal = typed;
  io.variables = { HOME: folder.path, GASTOWN_HOME: `${folder.path}/home` };
  io.stdin = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text));
      if (closes) controller.close();
    },
  });
  return await run(["mcp"], { io });
}

Deno.test("mcp ends with its standard input, also after lines that are no messages", async () => {
  const { code, err } = await given("no\n[]\nnull\n", { closes: true });
  assert.deepEqual([code, err], [0, ""]);
});

Deno.test("mcp ends with an error at a message above 10 MB, after which it could answer nothing", async () => {
  const { code, err } = await given("x".repeat(11_000_000), { closes: false });
  assert.equal(code, 1);
  assert.match(err, /cannot be understood any more: .*\n.*at most 10 MB/);
});

Deno.test("mcp tells a person at a terminal what it waits for", async () => {
  const { err } = await given("", { closes: true, typed: true });
  assert.match(err, /waits for messages of an agent's program/);
});
