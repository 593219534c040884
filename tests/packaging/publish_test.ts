import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { REACH } from "../../lint/rooms.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Files beside the folders of the program. */
const BESIDE = ["CHANGELOG.md", "LICENSE", "README.md", "cli.ts", "deno.json", "mod.ts"];

Deno.test("deno publish --dry-run takes the library without a network, with the program's folders and no other", async () => {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    // What is not committed yet is looked at too.
    args: ["publish", "--dry-run", "--allow-dirty"],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  const told = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert.ok(success, told);
  const files = [...told.matchAll(/^ +file:\/\/(\S+) \([\d.]+[KM]?B\)$/gm)]
    .map(([, path]) => decodeURIComponent(path).slice(ROOT.length));
  const tops = new Set(files.map((path) => path.split("/")[0]));
  for (const name of BESIDE) assert.ok(tops.delete(name), `${name} is left out`);
  const rooms = Object.keys(REACH).filter((room) => room !== "cli" && room !== "mod");
  assert.deepEqual([...tops].sort(), [...new Set([...rooms, "contracts", "fixtures"])].sort());
  const others = files.filter((path) =>
    path.startsWith("fixtures/") && !path.startsWith("fixtures/projects/greeting/")
  );
  assert.deepEqual(others, []);
  assert.ok(files.includes("protocols/secp256k1/curve.wasm"));
  assert.ok(files.some((path) => path.startsWith("contracts/artifacts/")));
});
