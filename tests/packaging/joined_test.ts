import assert from "node:assert/strict";
import { join } from "node:path";
import { groupsOf, joinShared, withGroups } from "../../packaging/joined.ts";

const FILES: Readonly<Record<string, string>> = {
  "cli.js": 'import{a as x}from"./chunk-AAAAAAAA.js";const y=()=>import("./job-12345678.js");',
  "job-12345678.js":
    'import{a}from"./chunk-AAAAAAAA.js";import{a as b}from"./chunk-BBBBBBBB.js";import"./chunk-CCCCCCCC.js";export{b};',
  "commands/x.js": 'import{a as z}from"../chunk-BBBBBBBB.js";import"../chunk-DDDDDDDD.js";',
  "chunk-AAAAAAAA.js": "const q=1;export{q as a};",
  "chunk-BBBBBBBB.js": 'import{a as q}from"./chunk-AAAAAAAA.js";const r=q;export{r as a};',
  "chunk-CCCCCCCC.js":
    'import{a as q}from"./chunk-BBBBBBBB.js";const s=()=>import("./job-12345678.js");',
  "chunk-DDDDDDDD.js": 'import"./chunk-CCCCCCCC.js";',
};

Deno.test("groupsOf() puts shared files together that the same starts read, and leaves out those that none reads", () => {
  assert.deepEqual(groupsOf(new Map(Object.entries(FILES)), ["cli", "job"]), [
    ["chunk-AAAAAAAA.js"],
    ["chunk-BBBBBBBB.js", "chunk-CCCCCCCC.js"],
  ]);
});

Deno.test("groupsOf() refuses a start that is no module of the program", () => {
  assert.throws(() => groupsOf(new Map(Object.entries(FILES)), ["gone"]), /no module gone/);
});

Deno.test("withGroups() names the joined file and the export in it, and leaves other imports alone", () => {
  const text = 'import{a as b,c}from"../chunk-A.js";import"../chunk-B.js";' +
    'import d from"./x.js";const e=()=>import("../late.js");';
  const places: Readonly<Record<string, { readonly name: string; readonly prefix?: string }>> = {
    "chunk-A.js": { name: "HERE/joined-0.js", prefix: "m3_" },
    "chunk-B.js": { name: "HERE/joined-1.js", prefix: "m4_" },
    "late.js": { name: "HERE/main-late.js" },
  };
  assert.equal(
    withGroups(text, "commands/y.js", (target) => places[target] ?? null),
    'import{m3_a as b,m3_c as c}from"HERE/joined-0.js";import"HERE/joined-1.js";' +
      'import d from"./x.js";const e=()=>import("HERE/main-late.js");',
  );
});

Deno.test("joinShared() leaves every file that is not joined, with imports of the joined ones", async () => {
  const folder = await Deno.makeTempDir({ prefix: "ct-joined-" });
  try {
    const from = join(folder, "from");
    await Deno.mkdir(join(from, "commands"), { recursive: true });
    for (const [path, text] of Object.entries(FILES)) {
      await Deno.writeTextFile(join(from, path), text);
    }
    const made: Record<string, string> = {};
    await joinShared(from, join(folder, "work"), {
      starts: ["cli", "job"],
      here: "./HERE/",
      moved: (name) => name === "cli.js" ? name : `main-${name}`,
      async bundle(within, out, entries) {
        for (const name of entries) {
          made[name] = await Deno.readTextFile(join(within, name));
          await Deno.writeTextFile(join(out, name), "");
        }
        made["chunk-CCCCCCCC.js"] = await Deno.readTextFile(join(within, "chunk-CCCCCCCC.js"));
        made["chunk-BBBBBBBB.js"] = await Deno.readTextFile(join(within, "chunk-BBBBBBBB.js"));
      },
    });
    assert.deepEqual(made, {
      "joined-0.js": 'export { a as m0_a } from "./chunk-AAAAAAAA.js";\n',
      "joined-1.js":
        'export { a as m1_a } from "./chunk-BBBBBBBB.js";\nimport "./chunk-CCCCCCCC.js";\n',
      "chunk-BBBBBBBB.js":
        'import{m0_a as q}from"./HERE/main-joined-0.js";const r=q;export{r as a};',
      // Of its own group.
      "chunk-CCCCCCCC.js":
        'import{a as q}from"./chunk-BBBBBBBB.js";const s=()=>import("./HERE/main-job-12345678.js");',
    });
    const names = (await Array.fromAsync(Deno.readDir(from))).map(({ name }) => name).sort();
    assert.deepEqual(names, [
      "chunk-DDDDDDDD.js",
      "cli.js",
      "commands",
      "job-12345678.js",
      "joined-0.js",
      "joined-1.js",
    ]);
    assert.equal(
      await Deno.readTextFile(join(from, "commands/x.js")),
      'import{m1_a as z}from"./HERE/main-joined-1.js";import"../chunk-DDDDDDDD.js";',
    );
    assert.equal(
      await Deno.readTextFile(join(from, "chunk-DDDDDDDD.js")),
      'import"./HERE/main-joined-1.js";',
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("joinShared() hides the bundler's stand-in for require from the second bundling, which would import node:module for it", async () => {
  const folder = await Deno.makeTempDir({ prefix: "ct-joined-" });
  try {
    const from = join(folder, "from");
    await Deno.mkdir(from);
    const standIn = 'const r=(e=>typeof require<"u"?require:new Proxy(e,{get:(t,n)=>' +
      '(typeof require<"u"?require:t)[n]}))(function(e){if(typeof require<"u")return ' +
      "require.apply(this,arguments);throw Error('Dynamic require of \"'+e+'\"')});export{r as a};";
    await Deno.writeTextFile(join(from, "cli.js"), 'import{a}from"./chunk-AAAAAAAA.js";a();');
    await Deno.writeTextFile(join(from, "chunk-AAAAAAAA.js"), standIn);
    let seen = "";
    await joinShared(from, join(folder, "work"), {
      starts: ["cli"],
      here: "./HERE/",
      moved: (name) => name,
      async bundle(within, out, [entry]) {
        seen = await Deno.readTextFile(join(within, "chunk-AAAAAAAA.js"));
        await Deno.writeTextFile(join(out, entry), seen);
      },
    });
    assert.doesNotMatch(seen.replace("Dynamic require of", ""), /\brequire\b/);
    assert.equal(await Deno.readTextFile(join(from, "joined-0.js")), standIn);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
