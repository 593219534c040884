import assert from "node:assert/strict";
import { packagesIn, withNewNames } from "../../packaging/program.ts";

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
