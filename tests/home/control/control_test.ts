import { START_FLAGS } from "../../../shell/run_flags.ts";
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

/** Runs control_cases.ts and control_crowd_cases.ts with permission for exactly one socket and shows each of its tests as a step. */
Deno.test({
  name: "control socket, with permission for its own path only",
  ignore: Deno.build.os === "windows",
}, async (t) => {
  const folder = await Deno.makeTempDir();
  await Deno.chmod(folder, 0o700);
  const socket = `${folder}/c.sock`;
  try {
    const { stdout, stderr, code } = await new Deno.Command(Deno.execPath(), {
      args: [
        "test",
        ...START_FLAGS,
        "--no-check",
        "--reporter=tap",
        "--unstable-worker-options",
        "--no-config",
        "--no-lock",
        "--allow-read",
        `--allow-write=${folder}`,
        `--allow-net=unix:${socket}`,
        "--allow-env=CONTROL_SOCKET",
        `--allow-run=${Deno.execPath()}`,
        ...["./control_cases.ts", "./control_crowd_cases.ts"]
          .map((file) => fileURLToPath(import.meta.resolve(file))),
      ],
      env: { CONTROL_SOCKET: socket, NO_COLOR: "1" },
    }).output();
    const text = new TextDecoder().decode(stdout);
    const results = [...text.matchAll(/^(ok|not ok) \d+ - (.*?)(?: # .*)?$/gm)];
    assert.ok(results.length > 15, text + new TextDecoder().decode(stderr));
    for (const [, result, name] of results) {
      await t.step(name, () => assert.equal(result, "ok", text));
    }
    assert.equal(code, 0, text + new TextDecoder().decode(stderr));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
