import assert from "node:assert/strict";
import { homePaths } from "../../config/paths.ts";
import { readOwnBenchmark, writeOwnBenchmark } from "../../home/local/own_benchmark.ts";
import { measureSpeed } from "../../skills/benchmark.ts";
import { noSandbox, sandbox, temporaryFolder, tools } from "./machine.ts";

Deno.test(
  `measureSpeed() measures processors, disk and an empty job, and leaves nothing behind${noSandbox.why}`,
  {
    ignore: noSandbox.ignore,
  },
  async () => {
    await using folder = await temporaryFolder();
    const steps: string[] = [];
    const place = { tools, sandbox, scratch: folder.path, signal: new AbortController().signal };
    const measured = await measureSpeed({
      ...place,
      clock: () => 1_790_000_000_500,
      onStep: (what) => void steps.push(what),
    });
    assert.equal(measured.atS, 1_790_000_000);
    const { cpuBytesS, cpusBytesS, diskBytesS, sandboxMs } = measured;
    for (const figure of [cpuBytesS, cpusBytesS, diskBytesS, sandboxMs]) assert.ok(figure! > 0);
    assert.equal(steps.length, 4);
    assert.deepEqual([...Deno.readDirSync(folder.path)], []);

    const none = { ...place, sandbox: { type: "none", reason: "not here" } as const };
    assert.equal((await measureSpeed({ ...none, clock: Date.now })).sandboxMs, null);
    const stopped = AbortSignal.abort(new Error("stop"));
    await assert.rejects(
      measureSpeed({ ...place, signal: stopped, clock: Date.now }),
      /^Error: stop$/,
    );
    assert.deepEqual([...Deno.readDirSync(folder.path)], []);
  },
);

Deno.test("readOwnBenchmark() reads a kept benchmark, and null from an invalid file", async () => {
  await using folder = await temporaryFolder();
  const paths = homePaths(folder.path, "mayor-001");
  assert.equal(await readOwnBenchmark(paths), null);
  const figures = { atS: 1, cpuBytesS: 2.4, cpusBytesS: 3, diskBytesS: null, sandboxMs: 4 };
  await writeOwnBenchmark(paths, figures);
  assert.deepEqual(await readOwnBenchmark(paths), { ...figures, cpuBytesS: 2 });
  for (const text of ["", "[]", "{", '["benchmark",1]', '["benchmark","-1"]', "null"]) {
    await Deno.writeTextFile(paths.benchmarkFile, text);
    assert.equal(await readOwnBenchmark(paths), null, text);
  }
});
