import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { CLOSED_RANGES } from "../../../base/public_address.ts";
import { temporaryFolder } from "../machine.ts";

/** Runs proxy_cases.ts with the permissions of a proxy, and shows each of its tests as a step. */
Deno.test({
  name: "the proxy, with its own permissions",
  ignore: Deno.build.os === "windows",
}, async (t) => {
  await using folder = await temporaryFolder();
  const { stdout, stderr, code } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["test", "--no-prompt", "--cached-only", "--no-check", "--no-config", "--no-lock"],
      ...["--reporter=tap", "--allow-net", `--deny-net=${CLOSED_RANGES.join(",")}`],
      ...["--allow-sys=networkInterfaces", "--allow-env=PROXY_FOLDER"],
      ...[`--allow-read=${folder.path}`, `--allow-write=${folder.path}`],
      fileURLToPath(import.meta.resolve("./proxy_cases.ts")),
    ],
    env: { PROXY_FOLDER: folder.path, NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder().decode(stdout);
  const results = [...text.matchAll(/^(ok|not ok) \d+ - (.*?)(?: # .*)?$/gm)];
  assert.ok(results.length > 8, text + new TextDecoder().decode(stderr));
  for (const [, result, name] of results) {
    await t.step(name, () => assert.equal(result, "ok", text));
  }
  assert.equal(code, 0, text + new TextDecoder().decode(stderr));
});
