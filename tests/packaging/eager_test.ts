import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { compileWithFiles, withEagerFunctions } from "../../packaging/eager.ts";

Deno.test("withEagerFunctions() puts functions in parentheses that are in no other one, and leaves methods alone", () => {
  const cases = [
    ["var a=(x)=>y=>x;", "var a=((x)=>y=>x);"],
    ["a(async function(){return()=>1},b=>b)", "a((async function(){return()=>1}),(b=>b))"],
    ["let b={c(){},get d(){return 1},e:()=>1}", "let b={c(){},get d(){return 1},e:(()=>1)}"],
    ["class F{g(){return()=>1}static h=()=>1}", "class F{g(){return()=>1}static h=(()=>1)}"],
    ["export default()=>1", "export default(()=>1)"],
    ["export function i(){}", "export function i(){}"],
    ["if(a){function j(){}}", "if(a){function j(){}}"],
  ];
  for (const [text, eager] of cases) assert.equal(withEagerFunctions(text), eager);
});

Deno.test("withEagerFunctions() makes of a declared function a variable that is set first", () => {
  assert.equal(
    withEagerFunctions("b();async function a(x){await x}function*b(){yield a}export{a as c};"),
    "var a=(async function(x){await x});var b=(function*(){yield a});b();export{a as c};",
  );
});

Deno.test("withEagerFunctions() refuses what is no module", () => {
  assert.throws(() => withEagerFunctions("var a=;"), SyntaxError);
});

Deno.test("a module with eager functions does the same: names, calls before a declaration, a function that replaces itself", async () => {
  const text = `export const seen=[first(),first(),again.name];
function first(){const before=first.length;first=second;return before}
function second(...all){return 7+all.length}
async function again(){}
export{first,again as named};`;
  const folder = await Deno.makeTempDir({ prefix: "ct-eager-" });
  try {
    const load = async (name: string, made: string) => {
      const file = join(folder, name);
      await Deno.writeTextFile(file, made);
      return await import(pathToFileURL(file).href);
    };
    for (const [name, made] of [["as_it_is.js", text], ["eager.js", withEagerFunctions(text)]]) {
      const { seen, first, named } = await load(name, made);
      assert.deepEqual([seen, first.name, named.name], [[0, 7, "again"], "second", "again"], name);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("compileWithFiles() changes every module of a folder, and refuses modules that import each other", async () => {
  const folder = await Deno.makeTempDir({ prefix: "ct-eager-" });
  const put = (name: string, text: string) => Deno.writeTextFile(join(folder, name), text);
  try {
    await Deno.mkdir(join(folder, "in"));
    await put("a.js", 'import{b}from"./in/b.js";a();function a(){}export{a};');
    await put("in/b.js", 'import"./c.js";const b=()=>import("../a.js");export{b};');
    await put("in/c.js", "");
    await compileWithFiles(folder);
    assert.equal(
      await Deno.readTextFile(join(folder, "a.js")),
      'var a=(function(){});import{b}from"./in/b.js";a();export{a};',
    );
    await put("in/c.js", 'import"../a.js";');
    await assert.rejects(
      compileWithFiles(folder),
      /files import each other: a\.js, in\/b\.js, in\/c\.js/,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
