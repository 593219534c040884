import assert from "node:assert/strict";
import { join } from "node:path";
import { moveMain, withComputedNames } from "../../packaging/imports.ts";

Deno.test("withComputedNames() computes the names of files that are imported when reached, and no others", () => {
  const text = 'import{a}from"./a.js";const b=()=>import("../b.js"),c=()=>import("node:fs");';
  assert.equal(
    withComputedNames(text),
    'import{a}from"./a.js";const b=()=>import(String("../b.js")),c=()=>import("node:fs");',
  );
});

Deno.test("moveMain() keeps the names of entries, and gives all other files names of their own", async () => {
  const folder = await Deno.makeTempDir({ prefix: "ct-imports-" });
  try {
    const [from, out] = [join(folder, "from"), join(folder, "out")];
    await Deno.mkdir(join(from, "commands"), { recursive: true });
    await Deno.mkdir(out);
    const put = (path: string, text: string) => Deno.writeTextFile(join(from, path), text);
    await put("cli.js", 'import{x}from"./chunk-A.js";');
    await put("chunk-A.js", 'export const x=()=>import("./late-B.js");');
    await put("late-B.js", 'import"./cli.js";export const y="./chunk-A.jsx";');
    await put("commands/job.js", 'import{x}from"../chunk-A.js";');
    await Deno.writeTextFile(join(out, "chunk-A.js"), "a worker's");
    await moveMain(from, out, new Set(["cli.js", "commands/job.js"]));
    const made = async (path: string) => await Deno.readTextFile(join(out, path));
    assert.equal(await made("chunk-A.js"), "a worker's");
    assert.equal(await made("cli.js"), 'import{x}from"./main-chunk-A.js";');
    assert.equal(
      await made("main-chunk-A.js"),
      'export const x=()=>import(String("./main-late-B.js"));',
    );
    assert.equal(await made("main-late-B.js"), 'import"./cli.js";export const y="./chunk-A.jsx";');
    assert.equal(await made("commands/job.js"), 'import{x}from"../main-chunk-A.js";');
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
