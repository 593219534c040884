import assert from "node:assert/strict";
import { runFlags } from "../../shell/run_flags.ts";
import { ENV_NAMES } from "../../config/environment.ts";
import { denoJson, dockerfile, readme } from "../../lint/generate/documents.ts";
import { libraryNames, libraryReport } from "../../lint/generate/library_report.ts";
import { stale } from "../../lint/generate/main.ts";
import { quoted, taskCommand } from "../../lint/generate/tasks.ts";

const root = new URL("../../", import.meta.url);
const read = (path: string) => Deno.readTextFileSync(new URL(path, root));

Deno.test("every generated file is current", () => {
  assert.deepEqual([...stale(root).keys()], []);
});

Deno.test("taskCommand() gives the crosstown task exactly the flags that the program gives to itself", () => {
  const command = taskCommand("crosstown", "")
    .replace("$(deno eval --no-config 'console.log(Deno.execPath())')", "/x/deno")
    .replaceAll('"', "");
  assert.equal(command, ["deno", "run", ...runFlags("/x/deno"), "cli.ts"].join(" "));
});

Deno.test("taskCommand() renews the flags of test runs and keeps the rest of a command", () => {
  const old = "deno test --no-check --allow-env=A --allow-run --parallel tests && deno fmt";
  const command = taskCommand("test", old);
  assert.match(
    command,
    /^deno test --no-check .* --allow-env --allow-sys --allow-run --parallel tests && deno fmt$/,
  );
  assert.equal(taskCommand("rooms", "deno run lint/measure.ts"), "deno run lint/measure.ts");
});

Deno.test("taskCommand() names every room with doc comments, and no other folder", () => {
  const command = taskCommand("unit", "deno test --doc --quiet mod.ts store gone");
  assert.match(command, /^deno test --doc --quiet mod\.ts protocols base .* commands$/);
  assert.doesNotMatch(command, /gone|contracts|cli/);
});

Deno.test("denoJson() changes only commands, and a second run changes nothing", () => {
  const text = read("deno.json").replaceAll("GASTOWN_MAYOR", "GASTOWN_OTHER");
  const made = denoJson(text);
  assert.equal(made, read("deno.json"));
  assert.equal(denoJson(made), made);
});

Deno.test("dockerfile() and readme() put variables, flags and rooms in their places, and refuse a file without places", () => {
  for (const [make, path] of [[dockerfile, "Dockerfile"], [readme, "README.md"]] as const) {
    const text = read(path).replaceAll("NO_COLOR", "OTHER").replaceAll("market ./market", "x ./x");
    assert.equal(make(text), read(path));
    assert.throws(() => make(""), /nothing to generate/);
  }
});

Deno.test("the README's command is the program's own, as one line of a shell", () => {
  const block = /<!-- flags -->\s+```\n([^]*?)```/.exec(read("README.md"))![1];
  const command = block.split("\n").slice(1).join("\n")
    .replaceAll(",\\\n", ",").replaceAll(/\s*\\\n\s*/g, " ")
    .replace(`"$(deno eval 'console.log(Deno.execPath())')"`, "/x/deno").replaceAll('"', "").trim();
  assert.equal(command, ["deno", "run", ...runFlags("/x/deno"), "cli.ts", "--version"].join(" "));
  assert.ok(block.split("\n").every((line) => line.length <= 100));
});

Deno.test("quoted() makes any text one word for a shell", () => {
  const words = ["--allow-env=A,B", "--allow-env=A,GIT_*", "$(x)"];
  assert.deepEqual(words.map(quoted), ["--allow-env=A,B", '"--allow-env=A,GIT_*"', '"$(x)"']);
});

Deno.test("every variable of the environment has one name", () => {
  assert.equal(new Set(ENV_NAMES).size, ENV_NAMES.length);
});

const names = libraryNames("mod.ts", read);

Deno.test("mod.ts exports at most 80 names, each with an example, and no row of the store", () => {
  assert.ok(names.length <= 80, `${names.length} names`);
  assert.deepEqual(names.filter(({ hasExample }) => !hasExample).map(({ name }) => name), []);
  assert.deepEqual(names.filter(({ path }) => path.startsWith("store/")), []);
});

Deno.test("libraryReport() shows names and signatures, and neither bodies nor comments", () => {
  const files: Record<string, string> = {
    "mod.ts": 'export { a, type B } from "./b.ts";\nexport { C } from "./c.ts";\n',
    "b.ts": [
      "/** Words. */",
      "export function a(x: { y: number } = { y: 1 }): { z: string } {",
      "  return { z: `${x.y}` };",
      "}",
      "/**",
      " * More.",
      " *",
      " * @example",
      " * ```ts",
      " * const b: B = { c: 1 };",
      " * ```",
      " */",
      "export interface B {",
      "  /** A number. */",
      "  readonly c: number;",
      "}",
      "",
    ].join("\n"),
    "c.ts":
      "export class C {\n  readonly d: string = 'x';\n  #e = 1;\n  f(): void {\n    g();\n  }\n}\n",
  };
  const found = libraryNames("mod.ts", (path) => files[path]);
  assert.deepEqual(found.map(({ name, hasExample }) => [name, hasExample]), [
    ["B", true],
    ["C", false],
    ["a", false],
  ]);
  assert.equal(
    libraryReport(found),
    [
      "3 names, written by deno task generate\n",
      "b.ts\nexport interface B {\n  readonly c: number;\n}\n",
      "c.ts\nexport class C {\n  readonly d: string;\n  f(): void\n}\n",
      "b.ts\nexport function a(x: { y: number } = { y: 1 }): { z: string }\n",
    ].join("\n"),
  );
});
