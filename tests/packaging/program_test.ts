import assert from "node:assert/strict";
import {
  namedByUrl,
  packagesIn,
  withFixedUrl,
  withImports,
  withNewNames,
} from "../../packaging/program.ts";

const MODULES = new Set(["home/a.js", "base/b.js", "home/entries/c.js"]);

Deno.test("withNewNames() renames modules in every call that names one, and leaves other texts alone", () => {
  const text = [
    'import { b } from "../base/b.ts";',
    "const later = () => import('./entries/c.ts');",
    'new Worker(new URL("./entries/c.ts", import.meta.url));',
    'const file = "x.ts";',
    ' * import { gone } from "./gone.ts";',
  ].join("\n");
  assert.deepEqual(withNewNames(text, "home/a.js", MODULES).split("\n"), [
    'import { b } from "../base/b.js";',
    "const later = () => import('./entries/c.js');",
    'new Worker(new URL("./entries/c.js", import.meta.url));',
    'const file = "x.ts";',
    ' * import { gone } from "./gone.ts";',
  ]);
});

Deno.test("withNewNames() refuses a module that would be missing in the program", () => {
  assert.throws(
    () => withNewNames('import("../../tests/x.ts")', "home/a.js", MODULES),
    /home\/a\.js names \.\.\/\.\.\/tests\/x\.ts/,
  );
});

Deno.test("packagesIn() gives the packages of imports of every form, without Node's own and without comments", () => {
  const text = [
    'import { x } from "viem/utils";',
    'import y from "@noble/hashes/sha2.js";',
    'import "commander";',
    'const z = await import("nostr-tools/nip19");',
    'import { readFileSync } from "node:fs";',
    ' * import { solc } from "solc";',
    'import { own } from "./own.ts";',
    'const words = ["from", " : ", "import"];',
  ].join("\n");
  assert.deepEqual(packagesIn(text), ["viem", "@noble/hashes", "commander", "nostr-tools"]);
});

Deno.test("namedByUrl() gives the modules that code names in a call which is no import", () => {
  const text = [
    'import { b } from "../base/b.js";',
    "const later = () => import('./entries/c.js');",
    'new Worker(new URL("./entries/c.js", import.meta.url));',
    'const load = [{ load: () => load("../base/b.js") }];',
    'new URL("./data.js", import.meta.url);',
    ' * new URL("../base/b.js", import.meta.url)',
  ].join("\n");
  assert.deepEqual(namedByUrl(text, "home/a.js", MODULES), ["home/entries/c.js", "base/b.js"]);
});

Deno.test("withFixedUrl() gives a module its own URL from wherever its code comes to stand", () => {
  const text = withFixedUrl('new URL("../b/c.js", import.meta.url)', "home/a.js");
  const [, way] = /new URL\("([^"]*)home\/a\.js", import\.meta\.url\)\.href/.exec(text)!;
  const moved = text.replaceAll(way, "../../").replaceAll(
    "import.meta.url",
    '"file:///p/x/y/z.js"',
  );
  assert.equal(new Function(`return ${moved}`)().href, "file:///p/b/c.js");
});

Deno.test("withImports() imports the modules of Node that packages require, except those that are loaded at their first use", () => {
  const text = 'import{b as q}from"./chunk-A.js";var a=q("node:buffer"),b=q("node:buffer"),' +
    'c=q("node:https"),d=x.q("node:util"),e=q("node:events");';
  assert.equal(
    withImports(text),
    'import __required_0 from"node:buffer";import __required_1 from"node:events";' +
      'import{b as q}from"./chunk-A.js";var a=__required_0,b=__required_0,' +
      'c=q("node:https"),d=x.q("node:util"),e=__required_1;',
  );
  const standIn = 'throw Error("Dynamic require of "+name)';
  const [, require] = /^(const late=.*?;)throw/s.exec(withImports(standIn))!;
  const load = new Function(`${require}return require`)();
  assert.equal(typeof load("node:https").request, "function");
  const late = load("node:assert");
  late(1, "holds");
  assert.throws(() => late(0, "a number is missing"), {
    name: "AssertionError",
    message: "a number is missing",
  });
  assert.equal(late.strictEqual, assert.strictEqual);
  // Packages look whether others are installed.
  assert.throws(() => load("bufferutil"), /bufferutil is no module of Node/);
});
