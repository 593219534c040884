import assert from "node:assert/strict";
import { artifactFiles } from "../../contracts/artifact_files.ts";
import { compileContracts, CompileError } from "../../contracts/compiler.ts";

const ROOT = new URL("../../", import.meta.url);

Deno.test("deno task contracts would change nothing: sources and artifacts agree to the byte", () => {
  const built = artifactFiles();
  assert.deepEqual([...built.keys()].sort(), [
    "contracts/abi.ts",
    "contracts/artifacts/TestToken.json",
    "contracts/artifacts/TokenNetwork.json",
    "contracts/artifacts/TokenNetworkRegistry.json",
    "contracts/code_hashes.ts",
  ]);
  for (const [path, text] of built) {
    const committed = Deno.readTextFileSync(new URL(path, ROOT));
    assert.ok(committed === text, `${path} is stale: run deno task contracts`);
    assert.ok(!text.includes(new URL(".", ROOT).pathname), `${path} names this machine`);
  }
});

Deno.test("compileContracts() throws the compiler's message for a source that does not compile", () => {
  assert.throws(() => compileContracts(["contracts/compiler.ts"]), (error) => {
    assert.ok(error instanceof CompileError);
    assert.equal(error.code, "solidity");
    assert.match(error.message, /contracts\/compiler\.ts/);
    return true;
  });
});
