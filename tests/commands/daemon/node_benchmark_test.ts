/** `crosstown node benchmark`: what it measures, and what it keeps. */
import assert from "node:assert/strict";
import { MemoryIo, run } from "../memory_io.ts";

async function benchmark(home: string, ...args: string[]) {
  const io = new MemoryIo();
  io.variables = { GASTOWN_HOME: home, HOME: home, TMPDIR: home, PATH: Deno.env.get("PATH") ?? "" };
  const { code } = await run(["node", "benchmark", ...args, "--output", "json"], { io });
  return { code, document: JSON.parse(io.out), err: io.err };
}

Deno.test("node benchmark --dry-run measures nothing, and says where the figures would be written", async () => {
  const home = await Deno.makeTempDir({ prefix: "ct-" });
  try {
    const { code, document, err } = await benchmark(home, "--dry-run");
    assert.equal(code, 0);
    assert.equal(document.schema, "benchmark-dry-run/1");
    assert.deepEqual([document.dry_run, document.scratch], [true, home]);
    assert.deepEqual(document.measures, [
      "one processor",
      "all processors",
      "the disk",
      "the sandbox",
    ]);
    assert.ok(document.file.startsWith(`${home}/`));
    assert.doesNotMatch(err, /measuring/);
    assert.equal((await benchmark(home, "--dry-run", "--no-keep")).document.file, null);
    assert.deepEqual(await Array.fromAsync(Deno.readDir(home)), []);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

Deno.test("node benchmark --no-keep shows the figures, and keeps none", async () => {
  const home = await Deno.makeTempDir({ prefix: "ct-" });
  try {
    const { code, document } = await benchmark(home, "--no-keep");
    assert.equal(code, 0);
    assert.equal(document.schema, "benchmark/1");
    assert.equal(document.kept, false);
    assert.ok(document.cpu_bytes_s > 0 && document.disk_bytes_s > 0);
    assert.deepEqual(await Array.fromAsync(Deno.readDir(home)), []);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
