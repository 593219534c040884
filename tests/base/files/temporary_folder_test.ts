import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../../../base/files/temporary_folder.ts";

const MODULE = fileURLToPath(new URL("../../../base/files/temporary_folder.ts", import.meta.url));
const SCRIPT = `
const { temporaryFolder } = await import("file://${MODULE}");
console.log(await temporaryFolder({ prefix: "ct-try-", dir: Deno.args[0] }));
await new Promise((resolve) => setTimeout(resolve, 600_000));
`;

/** A process with its own temporary folder. */
async function holder(dir: string) {
  const script = `${dir}/holder.ts`;
  await Deno.writeTextFile(script, SCRIPT);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--no-config", `--allow-read`, `--allow-write=${dir}`, script, dir],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const folder = (await reader.read()).value!.trim();
  const end = async () => {
    child.kill("SIGKILL");
    await child.status;
    await reader.cancel();
  };
  return { folder, end };
}

Deno.test("temporaryFolder() removes what a killed process left, and nothing that is in use, young, foreign or a link", async () => {
  const dir = await Deno.makeTempDir();
  const inAnHour = () => Date.now() + 3_600_000;
  try {
    const [killed, living] = [await holder(dir), await holder(dir)];
    await Deno.writeTextFile(`${killed.folder}/keys`, "of a test network");
    await Deno.mkdir(`${dir}/ct-try-somebody`);
    await Deno.mkdir(`${dir}/elsewhere`, { mode: 0o700 });
    await Deno.writeTextFile(`${dir}/elsewhere/.in-use`, "");
    await Deno.symlink(`${dir}/elsewhere`, `${dir}/ct-try-link`);
    await killed.end();
    const exists = (path: string) => Deno.lstat(path).then(() => true, () => false);

    await temporaryFolder({ prefix: "ct-try-", dir });
    assert.equal(await exists(killed.folder), true, "it is young");
    const own = await temporaryFolder({ prefix: "ct-try-", dir, clock: inAnHour });
    assert.equal(await exists(killed.folder), false);
    for (const path of [living.folder, own, `${dir}/ct-try-somebody`, `${dir}/elsewhere/.in-use`]) {
      assert.equal(await exists(path), true, path);
    }
    assert.equal((await Deno.lstat(own)).mode! & 0o777, 0o700);
    await living.end();
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
