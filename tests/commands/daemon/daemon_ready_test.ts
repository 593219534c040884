import assert from "node:assert/strict";
import {
  failureOf,
  firstLine,
  printNotReady,
  type Ready,
} from "../../../commands/daemon/daemon_ready.ts";
import { Output } from "../../../shell/output.ts";
import { MemoryIo } from "../memory_io.ts";

/** A daemon's standard output in these parts; it stays open unless `ends`. */
function daemon(parts: readonly string[], ends = true): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(new TextEncoder().encode(part));
      if (ends) controller.close();
    },
  });
}

const LATE_MS = 600_000;

Deno.test("firstLine() joins the parts of the first line, and reads what follows it", async () => {
  const told = Promise.withResolvers<Ready>();
  const parts = ['{"pid"', ':7}\n{"log":1}', '\n{"error":{"code":"poison"}}\n'];
  assert.deepEqual(await firstLine(daemon(parts), LATE_MS, told.resolve), { pid: 7 });
  assert.deepEqual(await told.promise, { error: { code: "poison" } });
});

for (const last of ['{"pid":8}\n', "no json\n", ""]) {
  Deno.test(`firstLine() tells of no failure where the last line is ${JSON.stringify(last)}`, async () => {
    const whole = Promise.withResolvers<void>();
    const parts = ['{"pid":7}\n', last];
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        const part = parts.shift();
        if (part !== undefined) return controller.enqueue(new TextEncoder().encode(part));
        controller.close();
        whole.resolve();
      },
    }, { highWaterMark: 0 });
    await firstLine(stream, LATE_MS, () => assert.fail("it is no failure"));
    await whole.promise;
    // The reader's last steps are microtasks.
    await new Promise((resolve) => setTimeout(resolve));
  });
}

Deno.test("firstLine() is null where the daemon ends without a line", async () => {
  assert.equal(await firstLine(daemon([]), LATE_MS), null);
  assert.equal(await firstLine(daemon(['{"pid":7}']), LATE_MS), null);
});

for (
  const { name, stream, timeoutMs = LATE_MS, says } of [
    { name: "no JSON", stream: daemon(["crash\x1b[2J\n"]), says: /first line is not JSON/ },
    {
      name: "a line without an end",
      stream: daemon(["x".repeat(40_000), "x".repeat(40_000)], false),
      says: /first line is too long/,
    },
    { name: "no line in time", stream: daemon([], false), timeoutMs: 1, says: /not ready after/ },
  ]
) {
  Deno.test(`firstLine() refuses ${name}`, async () => {
    await assert.rejects(firstLine(stream, timeoutMs), { code: "not_ready", message: says });
  });
}

Deno.test("printNotReady() prints the daemon's error as any command does, and nothing of one that is ready", async () => {
  const io = new MemoryIo();
  const output = new Output(io, { mode: "text", quiet: false, verbose: false });
  await printNotReady(output, { pid: 7 });
  await printNotReady(output, {
    error: { code: "locked", message: "in use\x1b[2J", suggestion: "stop it" },
  });
  assert.deepEqual([io.out, io.err], ["", "Error: in use\\u001b[2J\nSuggestion: stop it\n"]);
  const bare = failureOf({ error: {} });
  assert.deepEqual([bare?.code, bare?.message], ["not_ready", "the daemon could not start"]);
});
