import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { compileProgram, TARGETS } from "../../packaging/compile.ts";
import { madeBefore } from "./made_before.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const target = Deno.build.target;

Deno.test("compileProgram() refuses an unknown target before it makes anything", async () => {
  await assert.rejects(
    compileProgram(ROOT, "/nowhere", ["sparc"]),
    /there is no target sparc: x86_64-unknown-linux-gnu/,
  );
});

Deno.test({
  name: "compileProgram() puts the program, its workers and its WebAssembly into the executable",
  ignore: !Object.hasOwn(TARGETS, target),
}, async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "ct-compile-" });
  const given = Deno.env.get("DENORT_BIN");
  try {
    // If there is no runtime, Deno itself replaces it: the file contains the program, but does not run it.
    if (given === undefined) Deno.env.set("DENORT_BIN", Deno.execPath());
    const [file] = await compileProgram(ROOT, folder, [target], await madeBefore());
    const bytes = await Deno.readFile(file);
    const textOf = (some: Uint8Array) => new TextDecoder("latin1").decode(some);
    const text = textOf(bytes);
    const wasm = await Deno.readFile(`${ROOT}/protocols/secp256k1/curve.wasm`);
    for (const name of ["entries/keys.js", "worker_entry.js", "cli.js"]) {
      assert.ok(text.includes(name), `${name} is inside`);
    }
    assert.ok(text.includes(textOf(wasm)), "curve.wasm is inside");
    const why = given === undefined ? " (ignored: DENORT_BIN names no runtime)" : "";
    await t.step({
      name: `it runs the demo in an empty environment${why}`,
      ignore: given === undefined,
      fn: async () => {
        const env = { PATH: `${folder}:${Deno.env.get("PATH")}`, HOME: folder };
        await Deno.rename(file, `${folder}/crosstown`);
        const { code, stdout, stderr } = await new Deno.Command(`${folder}/crosstown`, {
          args: ["demo", "--output", "json"],
          clearEnv: true,
          env,
        }).output();
        assert.equal(code, 0, new TextDecoder().decode(stderr));
        assert.equal(JSON.parse(new TextDecoder().decode(stdout)).settlement.adds_up, true);
      },
    });
  } finally {
    if (given === undefined) Deno.env.delete("DENORT_BIN");
    await Deno.remove(folder, { recursive: true });
  }
});
