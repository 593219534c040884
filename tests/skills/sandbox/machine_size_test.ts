import assert from "node:assert/strict";
import { statfs } from "node:fs/promises";
import { measureMachine } from "../../../skills/sandbox/machine_size.ts";
import { locateTools } from "../../../skills/sandbox/tools.ts";

Deno.test("measureMachine() measures processors, memory and the disk of the folder", async () => {
  const tools = await locateTools({ path: Deno.env.get("PATH") ?? "" });
  const folder = await Deno.makeTempDir();
  const { cpus, memoryBytes, diskBytes } = await measureMachine(tools, folder);
  assert.equal(cpus, navigator.hardwareConcurrency);
  assert.ok(memoryBytes! > 0 && memoryBytes! <= Deno.systemMemoryInfo().total, `${memoryBytes}`);
  const { blocks, bsize } = await statfs(folder);
  assert.ok(diskBytes! > 2 ** 20 && diskBytes! <= blocks * bsize, `${diskBytes}`);
  await Deno.remove(folder);
});

Deno.test("measureMachine() leaves out what it cannot measure", async () => {
  const none = { cpus: navigator.hardwareConcurrency, memoryBytes: null, diskBytes: null };
  assert.deepEqual(await measureMachine({ sh: null, path: "" }, "/"), none);
  assert.deepEqual(await measureMachine({ sh: "/nowhere/sh", path: "" }, "/"), none);
});
